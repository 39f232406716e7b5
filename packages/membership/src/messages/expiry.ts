// When exchanges run out of time. Nearly all end long before, so nothing is done for each but a comparison: one timer is
// set for the earliest, and all that are open are looked through when it fires.
import type { Millis } from '../core/identity.ts'
import type { Clock } from './message-clock.ts'

/** One timer that can be set anew; WakeTimer is one. */
export interface Alarm {
  /** The wanted time may have changed. */
  update(): void
  stop(): void
}

/** Makes an alarm: `due` is called once the wanted time has come. */
export type CreateAlarm = (wantedAt: () => Millis | undefined, due: () => void) => Alarm

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
  readonly #alarm: Alarm
  #earliest: Millis = Number.POSITIVE_INFINITY

  /** `sweep` ends what is due, and says what is left. */
  constructor(clock: Pick<Clock, 'now'>, createAlarm: CreateAlarm, sweep: (now: Millis) => Open) {
    const wantedAt = () => (this.#earliest === Number.POSITIVE_INFINITY ? undefined : this.#earliest)
    this.#alarm = createAlarm(wantedAt, () => {
      this.#earliest = Number.POSITIVE_INFINITY
      const now = clock.now()
      const { earliest, count } = sweep(now)
      this.due(Math.max(earliest, now + count / SWEPT_PER_MS))
    })
  }

  /** One more is due then. */
  due(at: Millis): void {
    if (at >= this.#earliest) return
    this.#earliest = at
    this.#alarm.update()
  }

  /** Nothing is swept any more. */
  stop(): void {
    this.#earliest = Number.POSITIVE_INFINITY
    this.#alarm.stop()
  }
}
