// A member's estimate of its own slowness (Lifeguard, section III): it rises when probes fail in a way that points
// at ourselves, and stretches our timeouts, so that a slow member accuses later.

const MAX_SCORE = 8

export class LocalHealth {
  /** 0 is healthy. */
  #score = 0
  readonly #worst: number

  constructor(worst = MAX_SCORE) {
    this.#worst = worst
  }

  /** Factor for timeouts. */
  get patience(): number {
    return 1 + this.#score
  }

  /** A probe was answered in time. */
  improve(): void {
    this.#score = Math.max(0, this.#score - 1)
  }

  /** A probe failed and this many helpers did not even answer us; or we noticed a stall of our own. */
  worsen(by: number): void {
    this.#score = Math.min(this.#worst, this.#score + by)
  }
}
