// The hello: both sides send it first, and each decides by the other's whether the link stands. Identity comes from
// here and from nowhere else.
import { CloseCode } from './close-code.ts'
import { type ClusterIds, isSameCluster, showClusterIds } from './cluster-ids.ts'
import type { Contests } from './contest.ts'
import type { DialResult } from './dial-pace.ts'
import type { Dials } from './dials.ts'
import type { Fact } from './fact.ts'
import { compareLives, type Life, type Millis, sameLife } from './identity.ts'
import { type Link, type LinkTable, wantsAnother } from './link-table.ts'
import type { LivedClock } from './lived-clock.ts'
import type { Entry, MemberTable } from './member-table.ts'
import { type Hello, PROTOCOL_VERSION } from './message.ts'
import type { News } from './news.ts'
import type { ProtocolOptions } from './options.ts'
import type { Outbox } from './outbox.ts'
import type { Reach } from './reach.ts'
import type { Repair } from './repair.ts'
import type { Roster } from './roster.ts'

export interface GreetingParts {
  readonly ids: ClusterIds
  readonly clock: LivedClock
  readonly table: MemberTable
  readonly links: LinkTable
  readonly outbox: Outbox
  readonly options: ProtocolOptions
  readonly dials: Dials
  readonly reach: Reach
  readonly roster: Roster
  readonly news: News
  readonly repair: Repair
  readonly contests: Contests
  readonly close: (link: Link, code: number, reason: string) => void
  /** A link to a life is up. */
  readonly linked: (link: Link, life: Life) => void
  /** A newer life of our own name is really there. */
  readonly superseded: (by: Fact) => void
}

export class Greeting {
  readonly #parts: GreetingParts
  /** Open links whose peer has not said hello yet, and the lived time of their opening: the earliest first. */
  readonly #waiting = new Map<Link, Millis>()

  constructor(parts: GreetingParts) {
    this.#parts = parts
  }

  /** A link has opened: both sides say hello first. */
  opened(link: Link): void {
    this.#waiting.set(link, this.#parts.clock.lived)
    this.sendHello(link)
  }

  forgetLink(link: Link): void {
    this.#waiting.delete(link)
  }

  /** Sends our hello: at the opening of a link, and again when our generation was raised. */
  sendHello(link: Link): void {
    const { ids, table, news, outbox } = this.#parts
    outbox.send(link.id, {
      type: 'hello',
      minVersion: PROTOCOL_VERSION.min,
      maxVersion: PROTOCOL_VERSION.max,
      ...ids,
      self: news.describe(table.self),
      ...(link.meant === undefined ? {} : { meant: link.meant }),
      ...(link.dialed && link.renewal > 0 ? { renewal: link.renewal } : {}),
      hash: table.hash,
    })
  }

  /** Takes the peer's hello. */
  receive(link: Link, hello: Hello): void {
    const { name, instance } = hello.self
    if (link.phase !== 'greeting' && (link.peer?.name !== name || link.peer.instance !== instance)) {
      this.refuse(link, CloseCode.badFrame, 'other', 'a second hello of another member', name)
      return
    }
    const refusal = this.#refusal(link, hello)
    if (refusal !== undefined) {
      this.refuse(link, refusal.code, refusal.result, refusal.reason, hello.self.name)
      return
    }
    const { table, links, roster, clock, outbox, news } = this.#parts
    const fact = hello.self
    if (fact.name === table.self.name) {
      this.#meetOwnName(link, fact)
      return
    }
    if (!roster.makeRoom(fact.name, clock.now)) {
      const reason = `the view has its ${table.shownCount} members (limits.members)`
      this.refuse(link, CloseCode.full, 'full', reason)
      return
    }
    // A known peer whose generation rose speaks for its new life from here on.
    if (link.peer !== undefined) links.met(link, lifeOf(fact))
    const outcome = roster.applyHello(fact, clock.now)
    const entry = table.get(fact.name) as Entry
    if (!sameLife(entry, fact)) {
      // It must hear of the life that replaced it before it is turned away.
      outbox.send(link.id, { type: 'updates', updates: [news.describe(entry)] })
      this.refuse(link, CloseCode.staleLife, 'closed', `a newer life of ${fact.name} is known`, fact.name)
      return
    }
    this.#accept(link, hello)
    if (outcome === 'changed') news.introduced(entry, link)
    // Held dead or suspect, it must say better; gossip would be slower.
    else if (entry.state !== 'alive' || entry.forgotten) {
      outbox.send(link.id, { type: 'updates', updates: [news.describe(entry)] })
    }
  }

  /** Lived time at which the earliest of them is given up. */
  get nextDeadline(): Millis | undefined {
    for (const openedAt of this.#waiting.values()) return openedAt + this.#parts.options.helloTimeoutMs
    return undefined
  }

  /** Gives up links whose hello is overdue, whatever else came over them. */
  judge(cutoff: Millis): void {
    for (const [link, openedAt] of [...this.#waiting]) {
      if (openedAt + this.#parts.options.helloTimeoutMs > cutoff) return
      this.refuse(link, CloseCode.helloTimeout, 'silent', 'no hello in time')
    }
  }

  /** Closes a link that will not carry a member; `name` is what its hello said, where it said hello. */
  refuse(link: Link, code: number, result: DialResult, reason: string, name?: string): void {
    const { outbox, dials } = this.#parts
    outbox.count(`refused-${code}`)
    if (code !== CloseCode.self) {
      outbox.log('warn', `refused-${code}`, name ?? link.address ?? 'incoming', reason)
    }
    this.#waiting.delete(link)
    if (link.phase === 'greeting') dials.failed(link, result)
    this.#parts.close(link, code, reason)
  }

  #refusal(link: Link, hello: Hello): { code: number; result: DialResult; reason: string } | undefined {
    const { ids, table, reach } = this.#parts
    const { self } = table
    if (hello.minVersion > PROTOCOL_VERSION.max || hello.maxVersion < PROTOCOL_VERSION.min) {
      const theirs = `${hello.minVersion} to ${hello.maxVersion}`
      return {
        code: CloseCode.wrongVersion,
        result: 'wrong-version',
        reason: `peer speaks versions ${theirs}`,
      }
    }
    if (!isSameCluster(hello, ids)) {
      return {
        code: CloseCode.wrongCluster,
        result: 'wrong-cluster',
        reason: `peer belongs to cluster ${showClusterIds(hello)}, this is ${showClusterIds(ids)}`,
      }
    }
    if (hello.self.instance === self.instance) {
      if (link.address !== undefined) reach.answered(link.address, self)
      return { code: CloseCode.self, result: 'self', reason: 'dialed itself' }
    }
    const wrongMember = link.meant !== undefined && link.meant !== hello.self.name
    if (wrongMember || (hello.meant !== undefined && hello.meant !== self.name)) {
      const meant = wrongMember ? link.meant : hello.meant
      const found = wrongMember ? hello.self.name : self.name
      return { code: CloseCode.notMeant, result: 'other', reason: `meant ${meant}, found ${found}` }
    }
    return undefined
  }

  #meetOwnName(link: Link, fact: Fact): void {
    const { table, news, outbox } = this.#parts
    if (compareLives(fact, table.self) > 0) {
      this.#parts.superseded(fact)
      return
    }
    outbox.send(link.id, { type: 'updates', updates: [news.describe(table.self)] })
    this.refuse(link, CloseCode.staleLife, 'closed', `this is a newer life of ${fact.name}`, fact.name)
  }

  #accept(link: Link, hello: Hello): void {
    const { links, dials, reach, contests, repair } = this.#parts
    if (link.phase !== 'greeting') return
    const life = lifeOf(hello.self)
    if (!link.dialed) link.renewal = hello.renewal ?? 0
    links.met(link, life)
    link.phase = 'up'
    this.#waiting.delete(link)
    dials.succeeded(link, life)
    if (link.address !== undefined) reach.answered(link.address, life)
    const current = links.current(life.name)
    const usable = current?.peer !== undefined && sameLife(current.peer, life) && !wantsAnother(current)
    if (!usable) links.setCurrent(life.name, link)
    this.#parts.linked(link, life)
    contests.start(life)
    if (link.dialed) repair.pull(link, hello.hash)
  }
}

function lifeOf({ name, generation, instance }: Fact): Life {
  return { name, generation, instance }
}
