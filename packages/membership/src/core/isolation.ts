// Whether this process is alone although it should not be: no byte from anyone for a while, although others are
// known or listed. It is announced before the failures that the same cause would bring.
import type { Millis } from './identity.ts'
import type { LivedClock } from './lived-clock.ts'
import type { MemberTable } from './member-table.ts'
import type { ProtocolOptions } from './options.ts'
import type { Outbox } from './outbox.ts'

export interface IsolationParts {
  readonly clock: LivedClock
  readonly table: MemberTable
  readonly outbox: Outbox
  readonly options: ProtocolOptions
  /** Listed addresses that are not our own. */
  readonly listed: () => number
  /** Somebody is heard again. */
  readonly ended: () => void
}

export class Isolation {
  readonly #parts: IsolationParts
  /** Lived time of the latest frame of another member; -Infinity before the first. */
  #heardAt = Number.NEGATIVE_INFINITY
  /** Lived time since which there should be others; undefined while there need not be. */
  #expectedSince: Millis | undefined
  #isolated = false

  constructor(parts: IsolationParts) {
    this.#parts = parts
  }

  get isolated(): boolean {
    return this.#isolated
  }

  /** Whether another member was ever heard. */
  get hasHeard(): boolean {
    return this.#heardAt > Number.NEGATIVE_INFINITY
  }

  /** Whether any member was heard after this lived time. */
  hasHeardSince(lived: Millis): boolean {
    return this.#heardAt > lived
  }

  /** A frame came from another member. */
  heard(): void {
    this.#heardAt = this.#parts.clock.lived
    if (this.#isolated) this.#become(false)
  }

  /** After every input: whoever was rightly alone has to hear of others only from when there are some. */
  update(): void {
    if (!this.#expectsOthers()) this.#expectedSince = undefined
    else this.#expectedSince ??= this.#parts.clock.lived
  }

  /** Lived time at which silence becomes isolation; undefined while isolated, rightly alone, or heard a moment ago. */
  get nextDeadline(): Millis | undefined {
    const { clock, options } = this.#parts
    if (this.#isolated || this.#expectedSince === undefined) return undefined
    const silentSince = Math.max(this.#heardAt, this.#expectedSince)
    if (clock.lived - silentSince < options.isolatedAfterMs / 4) return undefined
    return silentSince + options.isolatedAfterMs
  }

  /** Judges the deadline. */
  judge(cutoff: Millis): void {
    const deadline = this.nextDeadline
    if (deadline !== undefined && deadline <= cutoff) this.#become(true)
  }

  #expectsOthers(): boolean {
    return this.#parts.table.presentCount > 1 || this.#parts.listed() > 0
  }

  #become(isolated: boolean): void {
    const { table, outbox, listed } = this.#parts
    this.#isolated = isolated
    const known = table.presentCount - 1
    outbox.emit({ type: 'isolated', isolated, known, listed: listed(), view: table.view })
    if (!isolated) this.#parts.ended()
  }
}
