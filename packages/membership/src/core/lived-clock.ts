// Time as this process lived it. A Node process stalls (garbage collection, SIGSTOP, a CPU quota), and a stalled
// observer must not take its own silence for that of others: while a deadline is pending we are woken every
// `maxStepMs / 2`, and one gap between two inputs counts at most `maxStepMs`.
import type { Millis } from './identity.ts'

export class LivedClock {
  /** Monotonic time of the input being handled. */
  now: Millis
  /** Time lived since the start; never runs ahead of `now`. */
  lived: Millis = 0
  readonly #maxStepMs: number
  #stalledLived: Millis = Number.NEGATIVE_INFINITY
  /** Real time at which we last noticed a stall of our own. */
  stalledAt: Millis | undefined

  constructor(now: Millis, maxStepMs: number) {
    this.now = now
    this.#maxStepMs = maxStepMs
  }

  /**
   * Takes the time of the next input. `wakeAt` is when we meant to be woken at the latest: idle time up to then was
   * lived, and a little more; the rest of a gap was not.
   */
  advance(now: Millis, wakeAt: Millis = this.now): void {
    const step = Math.max(0, now - this.now)
    const allowed = Math.max(this.#maxStepMs, wakeAt - this.now + this.#maxStepMs / 2)
    this.lived += Math.min(step, allowed)
    this.now += step
    if (step <= allowed) return
    this.#stalledLived = this.lived
    this.stalledAt = this.now
  }

  /** Whether we stalled a moment ago: what is read now may have waited for long. */
  get hasJustStalled(): boolean {
    return this.lived - this.#stalledLived < 2 * this.#maxStepMs
  }

  /** When to be woken for a deadline in lived time: often enough that no lived time is lost on the way. */
  wakeFor(deadline: Millis): Millis {
    return this.now + Math.max(0, Math.min(deadline - this.lived, this.#maxStepMs / 2))
  }
}
