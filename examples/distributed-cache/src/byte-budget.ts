// What all clients together make this process hold: half commands and bodies, requests under way, replies nobody reads.

export class ByteBudget {
  readonly #limit: number
  #held = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get held(): number {
    return this.#held
  }

  /** Whether no more fits. */
  get isUsedUp(): boolean {
    return this.#held > this.#limit
  }

  /** What each of so many may hold when the budget is used up: somebody holds more then. */
  share(parties: number): number {
    return this.#limit / Math.max(1, parties)
  }

  /** @param bytes more than before, or less if negative */
  change(bytes: number): void {
    this.#held += bytes
  }
}
