// Two links to one member: both ends ping both, and only links that answer compete. Among those one that replaces an
// outdated one wins; else the one dialed by the smaller identity, the newest of several by one dialer: both ends pick the
// same. The loser is drained to a `last` frame from each side before it is closed, so that nothing sent on it is lost or
// overtaken.
import { CloseCode } from './close-code.ts'
import { earliest, earliestDeadline } from './deadline.ts'
import { compareIdentities, type Life, type Millis, sameLife } from './identity.ts'
import type { LinkId } from './input.ts'
import type { Link, LinkTable } from './link-table.ts'
import type { LivedClock } from './lived-clock.ts'
import type { MemberTable } from './member-table.ts'
import type { Outbox } from './outbox.ts'
import type { PendingPing, PingPurpose } from './pings.ts'

/** A link that stays silent this long while its twin competes is dropped. */
const SILENT_MS = 1000

/** The end of links that their dialer is to choose among is waited for as long; then all are asked again. */
const UNENDED_MS = 2 * SILENT_MS

/** Links to one life at once; the oldest beyond that are closed. */
const MAX_RIVALS = 4

interface Running {
  readonly life: Life
  readonly deadline: Millis
  readonly links: Set<LinkId>
  readonly answered: Set<LinkId>
}

export interface ContestParts {
  readonly clock: LivedClock
  readonly table: MemberTable
  readonly links: LinkTable
  readonly outbox: Outbox
  readonly ping: (link: Link, life: Life, purpose: PingPurpose) => PendingPing
  readonly close: (link: Link, code: number, reason: string) => void
}

export class Contests {
  readonly #parts: ContestParts
  readonly #running = new Map<string, Running>()
  /** Losers waiting for the peer's `last`, with the lived time at which we stop waiting. */
  readonly #retiring = new Map<LinkId, Millis>()
  /** Lives of whose links all but one are for the peer to end, with the lived time at which we ask these links again. */
  readonly #unended = new Map<string, { readonly life: Life; readonly deadline: Millis }>()

  constructor(parts: ContestParts) {
    this.#parts = parts
  }

  /** A further link to a member is up. */
  start(life: Life): void {
    const { links, clock } = this.#parts
    const rivals = links.upWith(life)
    for (const excess of rivals.splice(0, Math.max(0, rivals.length - MAX_RIVALS))) {
      this.#parts.outbox.count('excess-links')
      this.#parts.close(excess, CloseCode.duplicate, 'too many links')
    }
    if (rivals.length < 2) return
    this.#running.set(life.name, {
      life,
      deadline: clock.lived + SILENT_MS,
      links: new Set(rivals.map((link) => link.id)),
      answered: new Set(),
    })
    for (const link of rivals) this.#parts.ping(link, life, { type: 'contest' })
  }

  /** A contest ping was answered. */
  answered(ping: PendingPing): void {
    const contest = this.#running.get(ping.life.name)
    if (contest === undefined || !contest.links.has(ping.link)) return
    contest.answered.add(ping.link)
    // Until it is decided, what answers is used rather than what may be dead; but not again what is outdated.
    const current = this.#parts.links.current(ping.life.name)
    const link = this.#parts.links.get(ping.link)
    if (link?.outdated === false && current !== undefined && !contest.answered.has(current.id)) {
      this.#parts.links.setCurrent(ping.life.name, link)
    }
    this.#decideWhenAllAnswered(contest)
  }

  /** The peer will send nothing more on this link. */
  receivedLast(link: Link): void {
    link.receivedLast = true
    if (!link.sentLast) this.#retire(link)
    this.#finish(link)
  }

  /** A link is gone. */
  forgetLink(link: Link): void {
    this.#retiring.delete(link.id)
    const contest = link.peer && this.#running.get(link.peer.name)
    if (contest === undefined || !contest.links.delete(link.id)) return
    contest.answered.delete(link.id)
    if (contest.links.size < 2) this.#running.delete(contest.life.name)
    else this.#decideWhenAllAnswered(contest)
  }

  /** Lived time of the next deadline. */
  get nextDeadline(): Millis | undefined {
    const running = earliestDeadline(this.#running.values())
    return earliest(running, earliestDeadline(this.#unended.values()), ...this.#retiring.values())
  }

  /** Judges deadlines up to this lived time. */
  judge(cutoff: Millis): void {
    for (const contest of [...this.#running.values()]) {
      if (contest.deadline <= cutoff) this.#decide(contest)
    }
    for (const [name, { life, deadline }] of [...this.#unended]) {
      if (deadline > cutoff) continue
      this.#unended.delete(name)
      this.start(life)
    }
    for (const [id, deadline] of [...this.#retiring]) {
      if (deadline > cutoff) continue
      const link = this.#parts.links.get(id)
      this.#retiring.delete(id)
      if (link !== undefined) this.#parts.close(link, CloseCode.duplicate, 'duplicate link')
    }
  }

  #decideWhenAllAnswered(contest: Running): void {
    if (contest.answered.size === contest.links.size) this.#decide(contest)
  }

  #decide(contest: Running): void {
    const { links } = this.#parts
    this.#running.delete(contest.life.name)
    const rivals = [...contest.links].map((id) => links.get(id)).filter((link) => link !== undefined)
    const answering = rivals.filter((link) => contest.answered.has(link.id))
    if (answering.length === 0) {
      this.#noneAnswers(contest.life, rivals)
      return
    }
    const winner = answering.reduce((best, link) => (this.#beats(link, best) ? link : best))
    links.setCurrent(contest.life.name, winner)
    for (const link of rivals) {
      if (link === winner || link.peer === undefined || !sameLife(link.peer, contest.life)) continue
      if (!contest.answered.has(link.id)) {
        this.#parts.close(link, CloseCode.silent, 'silent while another link answered')
      } else if (link.dialed || winner.dialed) this.#retire(link)
      else this.#leaveToDialer(contest.life)
    }
  }

  /** Nothing is known yet about any of them, unless the peer has left: then they have died without a word, or with it. */
  #noneAnswers(life: Life, rivals: readonly Link[]): void {
    const entry = this.#parts.table.get(life.name)
    if (entry?.state !== 'left' || !sameLife(entry, life)) this.start(life)
    else for (const link of rivals) this.#parts.close(link, CloseCode.silent, 'its member has left')
  }

  /**
   * Which of several by one dialer is the newest only the dialer knows: the other end waits for its `last`. That does not
   * come on a link that has died unnoticed meanwhile, and nothing else is ever sent on one that is not in use.
   */
  #leaveToDialer(life: Life): void {
    this.#unended.set(life.name, { life, deadline: this.#parts.clock.lived + UNENDED_MS })
  }

  #beats(a: Link, b: Link): boolean {
    if (a.renewal !== b.renewal) return a.renewal > b.renewal
    if (a.dialed !== b.dialed) {
      const selfSmaller = compareIdentities(this.#parts.table.self, a.peer as Life) < 0
      return a.dialed === selfSmaller
    }
    return a.since > b.since || (a.since === b.since && Math.abs(a.id) > Math.abs(b.id))
  }

  #retire(link: Link): void {
    const { links, outbox, clock } = this.#parts
    if (link.phase !== 'up') return
    link.phase = 'retiring'
    link.sentLast = true
    outbox.send(link.id, { type: 'last' })
    this.#retiring.set(link.id, clock.lived + SILENT_MS)
    const life = link.peer as Life
    if (links.current(life.name) === link) links.setCurrent(life.name, links.another(link))
    this.#finish(link)
  }

  /** Both sides have said their last: the dialer closes. */
  #finish(link: Link): void {
    if (!link.sentLast || !link.receivedLast || !link.dialed || link.phase !== 'retiring') return
    this.#retiring.delete(link.id)
    this.#parts.close(link, CloseCode.duplicate, 'duplicate link')
  }
}
