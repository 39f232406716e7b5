// Prefixes whose entries were removed of late, and up to which version: what comes late, from a pod that was away or in
// a handover that was under way, does not bring them back.

import { fields, MalformedError, text, whole } from '../wire/checks.ts'

export interface Invalidation {
  readonly prefix: string
  /** Entries below that are removed. */
  readonly version: number
}

/** What one pod tells another of its list: from one place in it up to another. */
export interface Excerpt {
  /** What was added after the first so many. */
  readonly from: number
  /** Up to there. */
  readonly to: number
  /** Up to where there is something. */
  readonly end: number
  readonly invalidations: readonly Invalidation[]
}

/** Far more than anybody means to have; then no more are taken before some are forgotten. */
export const MAX_KEPT = 10_000
/** As many of the longest kind go well into one message. */
export const MAX_TOLD = 1000

interface Kept extends Invalidation {
  /** The how many-th it was. */
  readonly number: number
}

/** From what was received. @throws MalformedError */
export function toExcerpt(body: unknown): Excerpt {
  const { from, to, end, invalidations } = fields(body)
  if (!Array.isArray(invalidations) || invalidations.length > MAX_TOLD) {
    throw new MalformedError('invalidations are expected')
  }
  const all = invalidations.map((one) => {
    const { prefix, version } = fields(one)
    return { prefix: text(prefix), version: whole(version) }
  })
  return { from: whole(from), to: whole(to), end: whole(end), invalidations: all }
}

export class Invalidations {
  /** By prefix, in the order of their numbers. */
  readonly #kept = new Map<string, Kept>()
  /** How many prefixes there are of each length. */
  readonly #lengths = new Map<number, number>()
  /** The highest version: most entries are above it, and need no further look. */
  #highest = 0
  #end = 0

  get size(): number {
    return this.#kept.size
  }

  /** Whether another prefix is one too many. */
  isFullFor(prefix: string): boolean {
    if (this.#kept.size < MAX_KEPT || this.#kept.has(prefix)) return false
    return ![...this.#kept.keys()].some((one) => one.startsWith(prefix))
  }

  /** Takes it in however many there are; returns whether it says anything new. */
  add({ prefix, version }: Invalidation): boolean {
    if (this.newest(prefix) >= version) return false
    if (this.#kept.size >= MAX_KEPT) this.#removeThoseOf(prefix, version)
    this.#remove(prefix)
    this.#kept.set(prefix, { prefix, version, number: ++this.#end })
    this.#lengths.set(prefix.length, (this.#lengths.get(prefix.length) ?? 0) + 1)
    this.#highest = Math.max(this.#highest, version)
    return true
  }

  /** Whether an entry was removed. */
  covers(key: string, version: number): boolean {
    return version < this.#highest && this.newest(key) > version
  }

  /** Up to which version a key was removed; 0 if it was not. */
  newest(key: string): number {
    let newest = 0
    for (const length of this.#lengths.keys()) {
      if (length > key.length) continue
      const version = this.#kept.get(key.slice(0, length))?.version ?? 0
      if (version > newest) newest = version
    }
    return newest
  }

  /** Forgets those below a version: entries so old are about no more. */
  forget(version: number): void {
    for (const one of this.#kept.values()) if (one.version < version) this.#remove(one.prefix)
  }

  /** The next ones after the first so many. */
  after(from: number): Excerpt {
    const invalidations: Invalidation[] = []
    for (const { prefix, version, number } of this.#kept.values()) {
      if (number <= from) continue
      if (invalidations.length === MAX_TOLD) return { from, to: number - 1, end: this.#end, invalidations }
      invalidations.push({ prefix, version })
    }
    return { from, to: this.#end, end: this.#end, invalidations }
  }

  /** The last ones. */
  last(): Excerpt {
    const numbers = [...this.#kept.values()].slice(-MAX_TOLD - 1)
    return this.after(numbers.length > MAX_TOLD ? (numbers[0] as Kept).number : 0)
  }

  #remove(prefix: string): void {
    if (!this.#kept.delete(prefix)) return
    const left = (this.#lengths.get(prefix.length) as number) - 1
    if (left === 0) this.#lengths.delete(prefix.length)
    else this.#lengths.set(prefix.length, left)
  }

  /** Those that a shorter prefix makes needless. */
  #removeThoseOf(prefix: string, version: number): void {
    for (const one of this.#kept.values()) {
      if (one.version <= version && one.prefix.startsWith(prefix)) this.#remove(one.prefix)
    }
  }
}
