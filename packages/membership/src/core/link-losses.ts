// Losing most of our own links at once says more about us than about any one peer: whoever did does not vote.
import type { Millis } from './identity.ts'

/** Links lost within this time are one event. */
const WINDOW_MS = 500

export class LinkLosses {
  #lostAt: Millis[] = []

  add(now: Millis): void {
    this.#lostAt = this.#lostAt.filter((at) => now - at < WINDOW_MS)
    this.#lostAt.push(now)
  }

  /** Whether more than half of our links were lost just now; `left` is how many we have left. */
  areMost(left: number, now: Millis): boolean {
    const lost = this.#lostAt.filter((at) => now - at < WINDOW_MS).length
    return lost > 1 && lost > (left + lost) / 2
  }
}
