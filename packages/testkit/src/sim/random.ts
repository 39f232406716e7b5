// Randomness from one seed, split into named streams: a draw more in one place shifts nothing in another, so that a
// seed keeps its meaning while code changes.
import type { Random } from '@rollcall/membership/internal'

/** One step of splitmix32: a well-mixed 32-bit number from a counter. */
function mix(value: number): number {
  let z = (value + 0x9e3779b9) | 0
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
  return z ^ (z >>> 15)
}

/** A stream of random numbers (sfc32). The same seed and names give the same numbers everywhere. */
export class RandomStream {
  readonly #seed: number
  #a: number
  #b: number
  #c: number
  #counter = 1

  /** @param seed any whole number; its low 32 bits count */
  constructor(seed: number) {
    this.#seed = seed | 0
    this.#a = mix(this.#seed)
    this.#b = mix(this.#a)
    this.#c = mix(this.#b)
    for (let i = 0; i < 8; i++) this.next()
  }

  /** Uniform in [0, 1); can be handed on as a plain function. */
  readonly next: Random = () => {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + t) | 0
    return (t >>> 0) / 4294967296
  }

  /** A stream of its own for `name`; depends on this stream's seed only, not on what has been drawn. */
  stream(name: string): RandomStream {
    let hash = mix(this.#seed ^ 0x5bd1e995)
    for (let i = 0; i < name.length; i++) hash = mix(hash ^ name.charCodeAt(i))
    return new RandomStream(hash)
  }

  /** A whole number in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + this.next() * (high - low)
  }

  /** Between `low` and `high`, each order of magnitude as likely as the other. */
  betweenLog(low: number, high: number): number {
    return low * (high / low) ** this.next()
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** One item of a list that is not empty. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('pick() needs a list with at least one item')
    return items[this.below(items.length)] as T
  }
}
