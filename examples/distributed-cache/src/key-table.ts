// What is under way for keys that come and go all the time. A Map would do, but for how V8 keeps it: each table that it has grown
// out of points to the next one, so that of what is long gone most survives its collection of young objects, and is copied
// twice (measured: a fifth of the time of a pod that takes writes, in pauses of 20 ms).

interface Slot<T> {
  readonly key: string
  value: T
  /** An older one in the same bucket. */
  next: Slot<T> | undefined
}

/** So many characters decide where a key is: the last ones, which differ most. */
const HASHED_CHARACTERS = 8

export class KeyTable<T> {
  readonly #mask: number
  #buckets: (Slot<T> | undefined)[] = []
  #size = 0

  /** @param buckets a power of 2: about as many as there are keys at a time */
  constructor(buckets: number) {
    this.#mask = buckets - 1
  }

  get size(): number {
    return this.#size
  }

  has(key: string): boolean {
    return this.get(key) !== undefined
  }

  get(key: string): T | undefined {
    return this.#find(this.#placeOf(key), key)?.value
  }

  set(key: string, value: T): void {
    if (this.#buckets.length === 0) this.#buckets = new Array(this.#mask + 1).fill(undefined)
    const place = this.#placeOf(key)
    const slot = this.#find(place, key)
    if (slot !== undefined) {
      slot.value = value
      return
    }
    this.#size++
    this.#buckets[place] = { key, value, next: this.#buckets[place] }
  }

  delete(key: string): void {
    const place = this.#placeOf(key)
    let before: Slot<T> | undefined
    for (let slot = this.#buckets[place]; slot !== undefined; before = slot, slot = slot.next) {
      if (slot.key !== key) continue
      this.#size--
      if (before === undefined) this.#buckets[place] = slot.next
      else before.next = slot.next
      return
    }
  }

  #find(place: number, key: string): Slot<T> | undefined {
    let slot = this.#buckets[place]
    while (slot !== undefined && slot.key !== key) slot = slot.next
    return slot
  }

  #placeOf(key: string): number {
    let hash = key.length
    for (let at = Math.max(0, key.length - HASHED_CHARACTERS); at < key.length; at++) {
      hash = (Math.imul(hash, 31) + key.charCodeAt(at)) | 0
    }
    return (hash ^ (hash >>> 12)) & this.#mask
  }
}
