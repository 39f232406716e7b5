// What is under way for keys that come and go all the time. A Map would do, but for how V8 keeps it: each table that it has grown
// out of points to the next one, so that of what is long gone most survives its collection of young objects, and is copied
// twice (measured: a fifth of the time of a pod that takes writes, in pauses of 20 ms).
import { randomInt } from 'node:crypto'

interface Slot<T> {
  readonly key: string
  readonly hash: number
  value: T
  /** An older one in the same bucket. */
  next: Slot<T> | undefined
}

/** With so many keys for each bucket there are twice as many buckets. */
const CROWD = 2
/** Another one in each process: nobody can choose keys that are all in one bucket. */
const SEED = randomInt(2 ** 32)
const PRIME = 0x01000193

export class KeyTable<T> {
  readonly #least: number
  #buckets: (Slot<T> | undefined)[] = []
  #size = 0

  /** @param buckets a power of 2: about as many as there are keys at a time; when there are far more it takes more for a while */
  constructor(buckets: number) {
    this.#least = buckets
  }

  get size(): number {
    return this.#size
  }

  /** How many keys are in the bucket that has most: for tests. */
  get crowd(): number {
    return Math.max(0, ...this.#buckets.map(lengthOf))
  }

  has(key: string): boolean {
    return this.get(key) !== undefined
  }

  get(key: string): T | undefined {
    return this.#size === 0 ? undefined : this.#find(hashOf(key), key)?.value
  }

  set(key: string, value: T): void {
    const hash = hashOf(key)
    const known = this.#find(hash, key)
    if (known !== undefined) {
      known.value = value
      return
    }
    if (this.#size >= CROWD * this.#buckets.length) this.#grow()
    this.#size++
    this.#put({ key, hash, value, next: undefined })
  }

  delete(key: string): void {
    const hash = hashOf(key)
    const place = this.#placeOf(hash)
    let before: Slot<T> | undefined
    let slot = this.#buckets[place]
    while (slot !== undefined && (slot.hash !== hash || slot.key !== key)) {
      before = slot
      slot = slot.next
    }
    if (slot === undefined) return
    if (before === undefined) this.#buckets[place] = slot.next
    else before.next = slot.next
    this.#size--
    if (this.#size === 0 && this.#buckets.length > this.#least) this.#buckets = []
  }

  #find(hash: number, key: string): Slot<T> | undefined {
    let slot = this.#buckets[this.#placeOf(hash)]
    while (slot !== undefined && (slot.hash !== hash || slot.key !== key)) slot = slot.next
    return slot
  }

  #put(slot: Slot<T>): void {
    const place = this.#placeOf(slot.hash)
    slot.next = this.#buckets[place]
    this.#buckets[place] = slot
  }

  #grow(): void {
    const before = this.#buckets
    this.#buckets = new Array(Math.max(this.#least, 2 * before.length)).fill(undefined)
    for (let slot of before) {
      while (slot !== undefined) {
        const { next } = slot
        this.#put(slot)
        slot = next
      }
    }
  }

  #placeOf(hash: number): number {
    return hash & (this.#buckets.length - 1)
  }
}

/** FNV-1a, with what its upper bits say brought down. */
function hashOf(key: string): number {
  let hash = SEED
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), PRIME)
  return hash ^ (hash >>> 15)
}

function lengthOf(slot: Slot<unknown> | undefined): number {
  let length = 0
  for (let one = slot; one !== undefined; one = one.next) length++
  return length
}
