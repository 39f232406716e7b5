// What is under way for keys that come and go all the time. A Map would do, but for how V8 keeps it: each table that it has grown
// out of points to the next one, so that of what is long gone most survives its collection of young objects, and is copied
// twice (measured: a fifth of the time of a pod that takes writes, in pauses of 20 ms).

interface Slot<T> {
  readonly key: string
  value: T
}

/** So many characters decide where a key is: the last ones, which differ most. */
const HASHED_CHARACTERS = 8

export class KeyTable<T> {
  readonly #mask: number
  #buckets: (Slot<T>[] | undefined)[] = []
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
    const bucket = this.#buckets[this.#placeOf(key)]
    if (bucket === undefined) return undefined
    for (const slot of bucket) if (slot.key === key) return slot.value
    return undefined
  }

  set(key: string, value: T): void {
    if (this.#buckets.length === 0) this.#buckets = new Array(this.#mask + 1).fill(undefined)
    const place = this.#placeOf(key)
    const bucket = this.#buckets[place]
    for (const slot of bucket ?? []) {
      if (slot.key !== key) continue
      slot.value = value
      return
    }
    this.#size++
    if (bucket === undefined) this.#buckets[place] = [{ key, value }]
    else bucket.push({ key, value })
  }

  delete(key: string): void {
    const place = this.#placeOf(key)
    const bucket = this.#buckets[place]
    const at = bucket === undefined ? -1 : bucket.findIndex((slot) => slot.key === key)
    if (bucket === undefined || at < 0) return
    this.#size--
    if (bucket.length === 1) this.#buckets[place] = undefined
    else bucket.splice(at, 1)
  }

  #placeOf(key: string): number {
    let hash = key.length
    for (let at = Math.max(0, key.length - HASHED_CHARACTERS); at < key.length; at++) {
      hash = (Math.imul(hash, 31) + key.charCodeAt(at)) | 0
    }
    return (hash ^ (hash >>> 12)) & this.#mask
  }
}
