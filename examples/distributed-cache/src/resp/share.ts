// What one connection counts for in the budget of all, and how it waits while that is used up.
import type { ByteBudget } from '../byte-budget.ts'

/** A client with a longer argument sends the rest of it when there is room. */
const LARGE_BYTES = 64 * 1024

export class Share {
  readonly #budget: ByteBudget
  #heldBytes = 0
  /** For a command that has begun to come in. */
  #reservedBytes = 0
  /** Of a connection that leaves the rest of a command in its socket until there is room. */
  #stopWaiting: (() => void) | undefined
  #isOver = false

  constructor(budget: ByteBudget) {
    this.#budget = budget
  }

  /** Counts what is held now: what has come in of a command or is reserved for it, and the rest. Returns whether that is more than before. */
  count(inputBytes: number, otherBytes: number): boolean {
    const heldBytes = Math.max(inputBytes, this.#reservedBytes) + otherBytes
    const isMore = heldBytes > this.#heldBytes
    this.#budget.change(heldBytes - this.#heldBytes)
    this.#heldBytes = heldBytes
    return isMore
  }

  /** Whether it is among those that hold too much, with so many of them in all. */
  isExcessive(parties: number): boolean {
    return this.#budget.isOverdrawn && this.#heldBytes > this.#budget.share(parties)
  }

  /** Reserves room for a command that takes so many bytes when it is whole. False if it is long, and has to wait: what others have begun goes first. */
  reserve(neededBytes: number): boolean {
    if (neededBytes <= LARGE_BYTES) return true
    if (this.#reservedBytes === 0 && this.#budget.isUsedUp) return false
    this.#reservedBytes = neededBytes
    return true
  }

  /** The command is whole, or given up. */
  release(): void {
    this.#reservedBytes = 0
  }

  /** Calls back when there is room; to be called again is no harm. */
  whenRoom(run: () => void): void {
    this.#stopWaiting ??= this.#budget.whenRoom(() => {
      this.#stopWaiting = undefined
      run()
    })
  }

  /** Resolves when there is room, or the connection is over. */
  async room(): Promise<void> {
    while (this.#budget.isUsedUp && !this.#isOver) {
      await new Promise<void>((resolve) => this.#budget.whenRoom(resolve))
    }
  }

  /** The connection is over: it waits for nothing. */
  end(): void {
    this.#isOver = true
    this.release()
    this.#stopWaiting?.()
  }
}
