// Links made with a key or certificate that counts no more. Another is dialed beside each, which wins the contest of the
// two: nothing that was sent is lost, and nobody is suspected. What is not replaced in time is closed.
import { CloseCode } from './close-code.ts'
import type { DialPlan } from './dial-plan.ts'
import type { Millis } from './identity.ts'
import type { LinkId } from './input.ts'
import type { Link, LinkTable } from './link-table.ts'
import type { LivedClock } from './lived-clock.ts'

/** How long an outdated link goes on without another in its place. */
const RENEW_WITHIN_MS = 5000

export interface RenewalParts {
  readonly clock: LivedClock
  readonly links: LinkTable
  readonly plan: DialPlan
  readonly close: (link: Link, code: number, reason: string) => void
}

export class Renewals {
  readonly #parts: RenewalParts
  /** Outdated links, with the lived time at which each is closed: the earliest first. */
  readonly #deadlines = new Map<Link, Millis>()

  constructor(parts: RenewalParts) {
    this.#parts = parts
  }

  /** Other credentials count now. Whoever refused ours before may not do so any more. */
  changed(outdated: readonly LinkId[]): void {
    const { links, plan, clock } = this.#parts
    plan.forgive(clock.now)
    for (const id of outdated) {
      const link = links.get(id)
      if (link === undefined || link.outdated) continue
      links.outdate(link)
      this.#deadlines.set(link, clock.lived + RENEW_WITHIN_MS)
    }
  }

  /** A link is gone, or about to be. */
  forgetLink(link: Link): void {
    this.#deadlines.delete(link)
  }

  /** Lived time of the next deadline. */
  get nextDeadline(): Millis | undefined {
    for (const deadline of this.#deadlines.values()) return deadline
    return undefined
  }

  /** Closes what has not been replaced up to this lived time. */
  judge(cutoff: Millis): void {
    for (const [link, deadline] of [...this.#deadlines]) {
      if (deadline > cutoff) return
      this.#deadlines.delete(link)
      this.#parts.close(link, CloseCode.outdated, 'its key or certificate counts no more')
    }
  }
}
