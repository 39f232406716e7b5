// Open exchanges by their number. A Map is rebuilt again and again as numbers come and go, and its dead tables keep what
// they held for the garbage collector to carry along: five times the cost of a small request. So each number names a slot of
// an array, which is used again.

/** The low bits of a number are its slot. */
const SLOTS: number = 2 ** 16

/** Numbers stay below 2^53. */
const MAX_ROUNDS: number = 2 ** 37

/** What is open, by number. */
export class Slots<T extends { readonly id: number }> {
  readonly #items: (T | undefined)[] = []
  #size = 0

  get size(): number {
    return this.#size
  }

  get(id: number): T | undefined {
    const item = this.#items[id & (SLOTS - 1)]
    return item?.id === id ? item : undefined
  }

  /** Whether another could be added with this number. */
  isFree(id: number): boolean {
    return this.#items[id & (SLOTS - 1)] === undefined
  }

  /** Adds one whose slot is free. */
  add(item: T): void {
    this.#items[item.id & (SLOTS - 1)] = item
    this.#size++
  }

  /** False when it is not in. */
  delete(item: T): boolean {
    const slot = item.id & (SLOTS - 1)
    if (this.#items[slot] !== item) return false
    this.#items[slot] = undefined
    this.#size--
    return true
  }

  /** Those that are in; they may be deleted on the way. */
  *values(): IterableIterator<T> {
    for (const item of this.#items) if (item !== undefined) yield item
  }
}

/** Gives out numbers, each for a slot that is free. */
export class Numbers {
  readonly #free: number[] = []
  #used = 0

  /** How many slots are free. */
  get free(): number {
    return this.#free.length + SLOTS - this.#used
  }

  /** A number of that round; undefined when all slots are taken. */
  take(round: number): number | undefined {
    const slot = this.#free.pop() ?? (this.#used < SLOTS ? this.#used++ : undefined)
    return slot === undefined ? undefined : (round % MAX_ROUNDS) * SLOTS + slot
  }

  /** Its slot is free again. */
  release(id: number): void {
    this.#free.push(id & (SLOTS - 1))
  }
}
