// Totals since the start, by name, for diagnosis and tests.

/** Named totals that only grow. */
export class Counters {
  readonly #totals = new Map<string, number>()

  /** Adds to a total. */
  add(name: string, amount: number = 1): void {
    this.#totals.set(name, (this.#totals.get(name) ?? 0) + amount)
  }

  /** All totals as plain data. */
  all(): Record<string, number> {
    return Object.fromEntries(this.#totals)
  }
}
