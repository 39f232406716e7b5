// Whether this process is alone although it should not be: no byte from anyone for a while, although others are
// known or listed. It is announced before the failures that the same cause would bring.
import type { Millis } from './identity.ts'
import type { LivedClock } from './lived-clock.ts'

export class Isolation {
  readonly #clock: LivedClock
  readonly #afterMs: Millis
  #heardAt: Millis
  #isolated = false

  constructor(clock: LivedClock, afterMs: Millis) {
    this.#clock = clock
    this.#afterMs = afterMs
    this.#heardAt = clock.lived
  }

  get isolated(): boolean {
    return this.#isolated
  }

  /** A frame came from another member; returns whether that ends an isolation. */
  heard(): boolean {
    this.#heardAt = this.#clock.lived
    const ended = this.#isolated
    this.#isolated = false
    return ended
  }

  /** Nobody is known or listed: being alone is right. Returns whether that ends an isolation. */
  expectNobody(): boolean {
    return this.heard()
  }

  /** Lived time at which silence becomes isolation; undefined while isolated, or heard a moment ago. */
  get nextDeadline(): Millis | undefined {
    const silentMs = this.#clock.lived - this.#heardAt
    return this.#isolated || silentMs < this.#afterMs / 4 ? undefined : this.#heardAt + this.#afterMs
  }

  /** Judges the deadline; returns whether isolation begins. */
  judge(cutoff: Millis): boolean {
    const deadline = this.nextDeadline
    if (deadline === undefined || deadline > cutoff) return false
    this.#isolated = true
    return true
  }
}
