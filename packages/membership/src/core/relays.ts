// Probes on behalf of others (SWIM, section 3.1: the indirect probe, seen from the helper): the target is pinged, and the
// one that asked is told whether an ack came in time.
import { earliestDeadline } from './deadline.ts'
import type { Life, Millis } from './identity.ts'
import { sameLife } from './identity.ts'
import type { LinkId } from './input.ts'
import type { Link, LinkTable } from './link-table.ts'
import type { LivedClock } from './lived-clock.ts'
import type { Outbox } from './outbox.ts'
import type { PendingPing, PingPurpose } from './pings.ts'
import { type ProbeTimeoutParts, probeTimeoutMs } from './probe-timeout.ts'

/** Probes on behalf of others under way at once. */
const MAX_RELAYS = 256

interface Relay {
  readonly origin: LinkId
  readonly originSeq: number
  readonly deadline: Millis
}

export interface RelaysParts extends ProbeTimeoutParts {
  readonly clock: LivedClock
  readonly links: LinkTable
  readonly outbox: Outbox
  /** Sends a ping on a link. */
  readonly ping: (link: Link, life: Life, purpose: PingPurpose) => PendingPing
}

export class Relays {
  readonly #parts: RelaysParts
  /** By the number of our ping. */
  readonly #underWay = new Map<number, Relay>()

  constructor(parts: RelaysParts) {
    this.#parts = parts
  }

  /** Lived time of the next deadline. */
  get nextDeadline(): Millis | undefined {
    return earliestDeadline(this.#underWay.values())
  }

  /** Judges deadlines up to this lived time; everything that had arrived by then has been read. */
  judge(cutoff: Millis): void {
    for (const [seq, { origin, originSeq, deadline }] of this.#underWay) {
      if (deadline > cutoff) continue
      this.#underWay.delete(seq)
      this.#tell(origin, originSeq, false)
    }
  }

  /** Another member asks us to probe for it. */
  begin(origin: Link, originSeq: number, target: Life): void {
    const { clock, links } = this.#parts
    const link = links.current(target.name)
    const isLinked = link?.peer !== undefined && sameLife(link.peer, target)
    if (!isLinked || this.#underWay.size >= MAX_RELAYS) {
      this.#tell(origin.id, originSeq, false)
      return
    }
    const { seq } = this.#parts.ping(link, target, { type: 'relay', origin: origin.id, originSeq })
    const deadline = clock.lived + probeTimeoutMs(this.#parts, link)
    this.#underWay.set(seq, { origin: origin.id, originSeq, deadline })
  }

  /** An ack to one of our pings, of whatever purpose. */
  answered({ seq, purpose }: PendingPing): void {
    if (purpose.type === 'relay' && this.#underWay.delete(seq))
      this.#tell(purpose.origin, purpose.originSeq, true)
  }

  /** The link is gone: nobody waits for an answer on it. */
  forgetLink(link: LinkId): void {
    for (const [seq, { origin }] of this.#underWay) if (origin === link) this.#underWay.delete(seq)
  }

  #tell(origin: LinkId, seq: number, ok: boolean): void {
    this.#parts.outbox.send(origin, { type: 'indirect-ack', seq, ok })
  }
}
