// The earliest of many times that change one by one: a search through all of them only where the earliest itself may
// have become later.
import type { Millis } from './identity.ts'

/** One of many times, and whose it is. */
export interface TimeOf<Key> {
  readonly key: Key
  readonly at: Millis
}

export class Earliest<Key> {
  readonly #search: () => TimeOf<Key> | undefined
  #found: TimeOf<Key> | undefined
  #isStale = true

  /** `search`: looks through all of them. */
  constructor(search: () => TimeOf<Key> | undefined) {
    this.#search = search
  }

  /** Undefined for never. */
  get at(): Millis | undefined {
    if (this.#isStale) {
      this.#isStale = false
      this.#found = this.#search()
    }
    return this.#found?.at
  }

  /** Any of them may have changed. */
  changedAll(): void {
    this.#isStale = true
  }

  /** One of them has changed, to this time or to never. */
  changed(key: Key, at: Millis | undefined): void {
    if (this.#isStale) return
    if (key === this.#found?.key) this.#isStale = true
    else if (at !== undefined && (this.#found === undefined || at < this.#found.at)) this.#found = { key, at }
  }
}
