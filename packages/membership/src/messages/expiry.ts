// When exchanges run out of time. Nearly all end long before, so nothing is done for each but a comparison: one timer is
// set for the earliest, and all that are open are looked through when it fires.
import type { Millis } from '../core/identity.ts'
import type { Clock } from '../shell/clock.ts'
import type { Timers } from '../shell/timers.ts'
import { WakeTimer } from '../shell/wake-timer.ts'

/** What is left after a sweep. */
export interface Open {
  /** When the next one runs out. */
  readonly earliest: Millis
  readonly count: number
}

/** Sweeps take at most a small part of the time: so many are looked at per millisecond. A thousand take some 10 us. */
const SWEPT_PER_MS = 1000

/** Sweeps when the earliest of all open exchanges is due. */
export class Expiry {
  readonly #timer: WakeTimer
  #earliest: Millis = Number.POSITIVE_INFINITY

  /** `sweep` ends what is due, and says what is left. */
  constructor(platform: Clock & Timers, sweep: (now: Millis) => Open) {
    const wantedAt = () => (this.#earliest === Number.POSITIVE_INFINITY ? undefined : this.#earliest)
    this.#timer = new WakeTimer(platform, wantedAt, () => {
      this.#earliest = Number.POSITIVE_INFINITY
      const now = platform.now()
      const { earliest, count } = sweep(now)
      this.due(Math.max(earliest, now + count / SWEPT_PER_MS))
    })
  }

  /** One more is due then. */
  due(at: Millis): void {
    if (at >= this.#earliest) return
    this.#earliest = at
    this.#timer.update()
  }

  /** Nothing is swept any more. */
  stop(): void {
    this.#earliest = Number.POSITIVE_INFINITY
    this.#timer.stop()
  }
}
