// What all clients together make this process hold: half commands and bodies, requests under way, replies nobody reads.

const OVERDRAFT = 4
/** What those that wait for room mean to hold. */
const WAITER_BYTES = 1024 * 1024

export class ByteBudget {
  readonly #limit: number
  #held = 0
  /** The first one has waited for longest. */
  readonly #waiting = new Set<() => void>()

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
    if (bytes < 0 && this.#waiting.size > 0) this.#wake()
  }

  /** Calls back once the budget is not used up any more, in turn. Returns a function that prevents it. */
  whenRoom(run: () => void): () => void {
    this.#waiting.add(run)
    return () => this.#waiting.delete(run)
  }

  #wake(): void {
    let room = this.#limit - this.#held
    for (const run of this.#waiting) {
      if (room <= 0) break
      room -= WAITER_BYTES
      this.#waiting.delete(run)
      setImmediate(run)
    }
  }
}
