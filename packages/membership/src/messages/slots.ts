// Open exchanges by their number. A Map is rebuilt again and again as numbers come and go, and its dead tables keep what
// they held for the garbage collector to carry along: five times the cost of a small request. So each number names a slot of
// an array, which is used again.

/** The low bits of a number are its slot. */
const SLOTS: number = 2 ** 16

const PAGE_BITS = 8
const PAGE: number = 2 ** PAGE_BITS

interface Page<T> {
  readonly items: (T | undefined)[]
  size: number
}

/** Numbers stay below 2^53. */
const MAX_ROUNDS: number = 2 ** 37

/** What is open, by number. */
export class Slots<T extends { readonly id: number }> {
  /** Made when first used, and kept. */
  readonly #pages: (Page<T> | undefined)[] = []
  #size = 0

  get size(): number {
    return this.#size
  }

  get(id: number): T | undefined {
    const item = this.#at(id)
    return item?.id === id ? item : undefined
  }

  /** Whether another could be added with this number. */
  isFree(id: number): boolean {
    return this.#at(id) === undefined
  }

  /** Adds one whose slot is free. */
  add(item: T): void {
    const slot = item.id & (SLOTS - 1)
    const number = slot >>> PAGE_BITS
    const page = this.#pages[number] ?? { items: [], size: 0 }
    this.#pages[number] = page
    page.items[slot & (PAGE - 1)] = item
    page.size++
    this.#size++
  }

  /** False when it is not in. */
  delete(item: T): boolean {
    const slot = item.id & (SLOTS - 1)
    const page = this.#pages[slot >>> PAGE_BITS]
    const place = slot & (PAGE - 1)
    if (page === undefined || page.items[place] !== item) return false
    page.items[place] = undefined
    page.size--
    this.#size--
    return true
  }

  /** Those that are in; they may be deleted on the way. */
  *values(): IterableIterator<T> {
    if (this.#size === 0) return
    for (const page of this.#pages) {
      if (page === undefined || page.size === 0) continue
      for (const item of page.items) if (item !== undefined) yield item
    }
  }

  #at(id: number): T | undefined {
    const slot = id & (SLOTS - 1)
    return this.#pages[slot >>> PAGE_BITS]?.items[slot & (PAGE - 1)]
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
