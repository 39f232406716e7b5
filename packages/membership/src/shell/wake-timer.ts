// The one timer of a member. The wish to be woken changes with almost every frame, so a timer that is set too early
// is left to run and set again then: cheaper than a new one each time.
import type { Millis } from '../core/identity.ts'
import type { Clock } from './clock.ts'
import type { Timer, Timers } from './timers.ts'

/** Longest that `setTimeout` can wait. */
const MAX_DELAY_MS = 2 ** 31 - 1

/** Calls back when a wanted time has come. */
export class WakeTimer {
  readonly #platform: Pick<Clock, 'now'> & Timers
  readonly #wantedAt: () => Millis | undefined
  readonly #due: () => void
  #timer: Timer | undefined
  #firesAt: Millis = 0

  /** `wantedAt` is asked again whenever it may have changed; `due` is called when it has come. */
  constructor(platform: Pick<Clock, 'now'> & Timers, wantedAt: () => Millis | undefined, due: () => void) {
    this.#platform = platform
    this.#wantedAt = wantedAt
    this.#due = due
  }

  /** Looks at `wantedAt` again. */
  update(): void {
    const at = this.#wantedAt()
    if (at === undefined) {
      this.stop()
      return
    }
    if (this.#timer !== undefined && this.#firesAt <= at) return
    this.#platform.clearTimer(this.#timer)
    const delay = Math.min(Math.max(Math.ceil(at - this.#platform.now()), 0), MAX_DELAY_MS)
    this.#firesAt = at
    this.#timer = this.#platform.setTimer(() => this.#fired(), delay)
  }

  /** Never calls back again, until `update`. */
  stop(): void {
    this.#platform.clearTimer(this.#timer)
    this.#timer = undefined
  }

  #fired(): void {
    this.#timer = undefined
    const at = this.#wantedAt()
    if (at !== undefined && at <= this.#platform.now()) this.#due()
    else this.update()
  }
}
