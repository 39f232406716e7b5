// Time as this process lived it. A Node process stalls (garbage collection, SIGSTOP, a CPU quota), and a stalled
// observer must not take its own silence for that of others: one gap between two inputs counts at most `maxStepMs`.
import type { Millis } from './identity.ts'

export class LivedClock {
  /** Monotonic time of the input being handled. */
  now: Millis
  /** Time lived since the start; never runs ahead of `now`. */
  lived: Millis = 0
  readonly #maxStepMs: number
  #stalledAt: Millis = Number.NEGATIVE_INFINITY

  constructor(now: Millis, maxStepMs: number) {
    this.now = now
    this.#maxStepMs = maxStepMs
  }

  /** Takes the time of the next input. */
  advance(now: Millis): void {
    const step = Math.max(0, now - this.now)
    this.lived += Math.min(step, this.#maxStepMs)
    this.now += step
    if (step > this.#maxStepMs) this.#stalledAt = this.lived
  }

  /** Whether we stalled a moment ago: what is read now may have waited for long. */
  get hasJustStalled(): boolean {
    return this.lived - this.#stalledAt < 2 * this.#maxStepMs
  }

  /** When to be woken for a deadline in lived time: often enough that no lived time is lost on the way. */
  wakeFor(deadline: Millis): Millis {
    return this.now + Math.max(0, Math.min(deadline - this.lived, this.#maxStepMs / 2))
  }
}
