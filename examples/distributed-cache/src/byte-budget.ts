// What all clients together make this process hold: half commands and bodies, requests under way, replies nobody reads.

const OVERDRAFT = 4

export class ByteBudget {
  readonly #limit: number
  #held = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get held(): number {
    return this.#held
  }

  /** Whether what is there should be dealt with first. */
  get isUsedUp(): boolean {
    return this.#held > this.#limit
  }

  /** Whether waiting has not helped. */
  get isOverdrawn(): boolean {
    return this.#held > OVERDRAFT * this.#limit
  }

  /** What each of so many may hold when the budget is overdrawn: somebody holds more then. */
  share(parties: number): number {
    return (OVERDRAFT * this.#limit) / Math.max(1, parties)
  }

  /** @param bytes more than before, or less if negative */
  change(bytes: number): void {
    this.#held += bytes
  }
}
