// Starts dials and keeps the plan and the link table in step with them.

import type { DialResult } from './dial-pace.ts'
import type { DialPlan } from './dial-plan.ts'
import type { Address, Life, Millis } from './identity.ts'
import type { Link, LinkTable } from './link-table.ts'
import type { LivedClock } from './lived-clock.ts'
import type { ProtocolOptions } from './options.ts'
import type { Outbox } from './outbox.ts'
import type { Reach } from './reach.ts'

export interface DialParts {
  readonly clock: LivedClock
  readonly plan: DialPlan
  readonly links: LinkTable
  readonly outbox: Outbox
  readonly options: ProtocolOptions
  readonly reach: Reach
  /** Who leaves dials nobody any more. */
  readonly isLeaving: () => boolean
}

export class Dials {
  readonly #parts: DialParts

  constructor(parts: DialParts) {
    this.#parts = parts
  }

  /** When pump() may have something to do. */
  get nextAt(): Millis | undefined {
    const { plan, isLeaving } = this.#parts
    return isLeaving() ? undefined : plan.nextAt
  }

  /** Tells the plan what is wanted now, and dials whatever it says is due. */
  pump(): void {
    const { plan, reach, clock, links, isLeaving } = this.#parts
    if (isLeaving()) return
    const changes = reach.takeChanges()
    if (changes.size > 0) plan.change(changes, links.currentCount > 0, clock.now)
    for (const want of plan.due(clock.now, links.currentCount > 0)) this.#dial(want.address, want.name, false)
  }

  /** Dials at once, unless a dial to that address is under way; says how far that one is. */
  now(address: Address, name: string): 'pending' | 'connected' {
    const { plan, clock } = this.#parts
    const underWay = plan.dialState(address)
    if (underWay === 'none') {
      plan.started(address, clock.now)
      this.#dial(address, name, false)
    }
    return underWay === 'waiting' ? 'connected' : 'pending'
  }

  /** Only learns whether the address accepts connections. */
  check(address: Address): void {
    this.#dial(address, undefined, true)
  }

  /** A dial, or the link it gave, ended without a member on it. */
  failed(link: Link, result: DialResult): void {
    if (link.address === undefined || link.checkOnly) return
    this.#parts.plan.failed(link.address, result, this.#parts.clock.now)
  }

  /** A dial reached a member. Another one than was wanted there does not end the want: that is dialed for in its time. */
  succeeded(link: Link, { name }: Life): void {
    if (link.address === undefined) return
    const { plan, clock } = this.#parts
    const wanted = plan.wantedAt(link.address) ?? name
    if (wanted === name) plan.succeeded(link.address, clock.now)
    else plan.failed(link.address, 'other', clock.now)
  }

  /** A link that was up has ended. One that ended almost at once counts as a failed dial, or it would be redialed without a pause. */
  ended(link: Link, result: DialResult): void {
    if (link.address === undefined) return
    const { plan, clock, options } = this.#parts
    if (clock.now - link.since < options.maxRedialMs) plan.failed(link.address, result, clock.now)
    else plan.lasted(link.address)
  }

  #dial(address: Address, name: string | undefined, checkOnly: boolean): void {
    const { links, clock, outbox, options, reach } = this.#parts
    // Whoever answers at a listed address is welcome; at a remembered one only the member we remember.
    const meant = reach.isSeed(address) ? undefined : name
    const link = links.addDial({ address, meant, checkOnly }, clock.now)
    link.renewal = reach.renewalAt(address)
    outbox.count(checkOnly ? 'address-checks' : 'dials')
    outbox.push({ type: 'dial', link: link.id, address, connectTimeoutMs: options.connectTimeoutMs })
  }
}
