// Pings under way, by number. An ack proves life only through its number; one that comes late still proves that the
// member was alive after the ping was sent.
import type { Life, Millis } from './identity.ts'
import type { LinkId } from './input.ts'
import type { Link } from './link-table.ts'

/** Unanswered pings remembered at most; the oldest are forgotten first. */
const MAX_PENDING = 1024

/** Why it was sent, and so who hears of its answer. */
export type PingPurpose =
  /** The periodic probe. */
  | { readonly type: 'probe' }
  /** Which of two links to one member answers. */
  | { readonly type: 'contest' }
  /** Whether a member that others vote gone answers us. */
  | { readonly type: 'challenge' }
  /** On behalf of another member. */
  | { readonly type: 'relay'; readonly origin: LinkId; readonly originSeq: number }

export interface PendingPing {
  readonly seq: number
  readonly link: LinkId
  readonly life: Life
  readonly purpose: PingPurpose
  readonly sentAt: Millis
  readonly sentLived: Millis
}

export class Pings {
  readonly #pending = new Map<number, PendingPing>()
  #lastSeq = 0

  /** A fresh number, for anything that is answered by number. */
  nextSeq(): number {
    this.#lastSeq = (this.#lastSeq + 1) >>> 0
    return this.#lastSeq
  }

  add(link: Link, life: Life, purpose: PingPurpose, now: Millis, lived: Millis): PendingPing {
    const ping = { seq: this.nextSeq(), link: link.id, life, purpose, sentAt: now, sentLived: lived }
    this.#pending.set(ping.seq, ping)
    if (this.#pending.size > MAX_PENDING) this.#pending.delete(this.#pending.keys().next().value as number)
    return ping
  }

  /** The ping that this ack answers; undefined when there is none on that link. */
  answered(seq: number, link: LinkId): PendingPing | undefined {
    const ping = this.#pending.get(seq)
    if (ping === undefined || ping.link !== link) return undefined
    this.#pending.delete(seq)
    return ping
  }

  /** The link is gone, and with it every answer. */
  forgetLink(link: LinkId): void {
    for (const [seq, ping] of this.#pending) if (ping.link === link) this.#pending.delete(seq)
  }
}
