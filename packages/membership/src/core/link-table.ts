// Every dial and link of this process, and which link is the one in use with each member.
import type { Address, Life, Millis } from './identity.ts'
import { sameLife } from './identity.ts'
import type { LinkId } from './input.ts'
import { picked, type Random } from './random.ts'
import { RoundTrip } from './round-trip.ts'

/**
 * dialing: no WebSocket yet. greeting: open, no hello from the peer yet. up: the peer is known.
 * retiring: lost against a twin, drained until both sides said `last`. closing: we asked for its end.
 */
export type LinkPhase = 'dialing' | 'greeting' | 'up' | 'retiring' | 'closing'

export interface Link {
  readonly id: LinkId
  readonly dialed: boolean
  /** Where we dialed. */
  readonly address: Address | undefined
  /** The name we mean to reach there; undefined for seeds, where anybody is welcome. */
  readonly meant: string | undefined
  /** Only to learn whether the address accepts connections. */
  readonly checkOnly: boolean
  phase: LinkPhase
  /** The TCP connection of a dial stands. */
  connected: boolean
  peer: Life | undefined
  /** Real time of the dial, then of the opening. */
  since: Millis
  /** Lived time at which the last frame arrived. */
  heardAt: Millis
  /** The same in real time. */
  frameAt: Millis
  /** Direct probes in a row left unanswered on this link, although the member lives. */
  missed: number
  /** Pings with the peer's view hash unlike ours, in a row. */
  mismatches: number
  /** The names this peer wanted of us last, as one text. */
  lastWanted: string
  /** The records that this peer was asked for last because we lack them, as one text. */
  recordsAsked: string
  /** The list of our exceptions that was sent on it last. */
  exceptionsTold: readonly string[]
  /** What it was made with (a key, a certificate) counts no more. */
  outdated: boolean
  /** How many links, one after the other, this one has replaced because they were outdated. */
  renewal: number
  sentLast: boolean
  receivedLast: boolean
  readonly roundTrip: RoundTrip
}

/** So many missed probes put the link itself in doubt: it may be half-open. */
const DOUBTFUL_AFTER = 2

/** Whether a link is probably dead though nobody closed it. */
export function isDoubtful(link: Link): boolean {
  return link.missed >= DOUBTFUL_AFTER
}

/** Whether another is dialed beside a link, and the two compete. */
export function wantsAnother(link: Link): boolean {
  return link.outdated || isDoubtful(link)
}

/** The list of exceptions of a member that reaches everyone; a new link counts as told so. */
export const NO_EXCEPTIONS: readonly string[] = []

const NONE: readonly string[] = []

export class LinkTable {
  readonly #links = new Map<LinkId, Link>()
  readonly #current = new Map<string, Link>()
  /** The same links, in an order that means nothing. */
  readonly #inUse: Link[] = []
  /** The links of each peer known by its hello, oldest first. */
  readonly #byPeer = new Map<string, Link[]>()
  /** Members whose link in use, or our trust in it, has changed. */
  readonly #changed = new Set<string>()
  /** Links whose peer, and members whose link in use, has changed. */
  #met: Link[] = []
  readonly #rerouted = new Set<string>()
  #lastDial = 0

  addDial(dial: Pick<Link, 'meant' | 'checkOnly'> & { address: Address }, now: Millis): Link {
    return this.#add({ id: ++this.#lastDial, dialed: true, ...dial, phase: 'dialing' }, now)
  }

  addAccepted(id: LinkId, now: Millis): Link {
    const accepted = { dialed: false, address: undefined, meant: undefined, checkOnly: false }
    return this.#add({ id, ...accepted, phase: 'greeting' }, now)
  }

  get(id: LinkId): Link | undefined {
    return this.#links.get(id)
  }

  all(): IterableIterator<Link> {
    return this.#links.values()
  }

  remove(link: Link): void {
    this.#links.delete(link.id)
    if (link.peer === undefined) return
    const { name } = link.peer
    if (this.#current.get(name) === link) this.setCurrent(name, undefined)
    const left = this.#byPeer.get(name)?.filter((other) => other !== link) ?? []
    if (left.length > 0) this.#byPeer.set(name, left)
    else this.#byPeer.delete(name)
  }

  /** The peer of a link has said hello: for the first time, or for a newer life of its name. */
  met(link: Link, life: Life): void {
    const known = this.#byPeer.get(life.name)
    const isFirst = link.peer === undefined
    link.peer = life
    this.#met.push(link)
    this.#changed.add(life.name)
    if (this.#current.get(life.name) === link) this.#rerouted.add(life.name)
    if (!isFirst) return
    if (known === undefined) this.#byPeer.set(life.name, [link])
    else this.#byPeer.set(life.name, this.#inOrder([...known, link]))
  }

  /** The link in use with a member. */
  current(name: string): Link | undefined {
    return this.#current.get(name)
  }

  /** One link per member, the ones in use. */
  currents(): IterableIterator<Link> {
    return this.#current.values()
  }

  get currentCount(): number {
    return this.#current.size
  }

  /** Up to so many different links in use, at random. */
  pick(random: Random, count: number, isFit: (link: Link) => boolean): Link[] {
    return picked(random, this.#inUse, count, isFit)
  }

  setCurrent(name: string, link: Link | undefined): void {
    this.#changed.add(name)
    this.#rerouted.add(name)
    const former = this.#current.get(name)
    if (former !== undefined) this.#inUse.splice(this.#inUse.indexOf(former), 1)
    if (link === undefined) this.#current.delete(name)
    else {
      this.#current.set(name, link)
      this.#inUse.push(link)
    }
  }

  /** A probe went unanswered on a link, although its member lives. */
  missed(link: Link): void {
    this.#setMissed(link, link.missed + 1)
  }

  /** Puts a link in doubt at once: its member was found silent. */
  doubt(link: Link): void {
    this.#setMissed(link, DOUBTFUL_AFTER)
  }

  /** What a link was made with counts no more. */
  outdate(link: Link): void {
    link.outdated = true
    if (link.peer !== undefined) this.#changed.add(link.peer.name)
  }

  /** A ping was answered on a link. */
  trust(link: Link): void {
    if (link.missed > 0) this.#setMissed(link, 0)
  }

  /** Members whose link in use, or our trust in it, has changed since this was last asked for. */
  takeChanged(): string[] {
    if (this.#changed.size === 0) return []
    const changed = [...this.#changed]
    this.#changed.clear()
    return changed
  }

  /** Links whose peer has become known, or has another life, since this was last asked for. */
  takeMet(): readonly Link[] {
    if (this.#met.length === 0) return this.#met
    const met = this.#met
    this.#met = []
    return met
  }

  /** Members whose link in use may have changed since this was last asked for. */
  takeRerouted(): readonly string[] {
    if (this.#rerouted.size === 0) return NONE
    const rerouted = [...this.#rerouted]
    this.#rerouted.clear()
    return rerouted
  }

  /** All links that are up with this life. */
  upWith(life: Life): Link[] {
    const links: Link[] = []
    for (const link of this.#byPeer.get(life.name) ?? []) {
      if (link.phase === 'up' && link.peer !== undefined && sameLife(link.peer, life)) links.push(link)
    }
    return links
  }

  /**
   * How many links to a member the next one has replaced; 0 where none is outdated. The link in use may not be the one that
   * both ends would prefer: the next one is to replace that, too.
   */
  nextRenewal(name: string): number {
    const life = this.current(name)?.peer
    let most = 0
    for (const link of life === undefined ? [] : this.upWith(life)) {
      if (link.outdated) most = Math.max(most, link.renewal + 1)
    }
    return most
  }

  /** The link to use in place of one that ends: one with the same life that needs no other beside it, where there is such. */
  another(ended: Link): Link | undefined {
    const rest = ended.peer === undefined ? [] : this.upWith(ended.peer).filter((link) => link !== ended)
    return rest.find((link) => !wantsAnother(link)) ?? rest[0]
  }

  #setMissed(link: Link, missed: number): void {
    link.missed = missed
    if (link.peer !== undefined) this.#changed.add(link.peer.name)
  }

  /** In the order in which they were dialed or accepted. */
  #inOrder(some: readonly Link[]): Link[] {
    return [...this.#links.values()].filter((link) => some.includes(link))
  }

  #add(link: Pick<Link, 'id' | 'dialed' | 'address' | 'meant' | 'checkOnly' | 'phase'>, now: Millis): Link {
    // Field by field: with a spread, engines make each link a hash table of its own, four times as large.
    const added: Link = {
      id: link.id,
      dialed: link.dialed,
      address: link.address,
      meant: link.meant,
      checkOnly: link.checkOnly,
      phase: link.phase,
      connected: false,
      peer: undefined,
      since: now,
      heardAt: 0,
      frameAt: now,
      missed: 0,
      mismatches: 0,
      lastWanted: '',
      recordsAsked: '',
      exceptionsTold: NO_EXCEPTIONS,
      outdated: false,
      renewal: 0,
      sentLast: false,
      receivedLast: false,
      roundTrip: new RoundTrip(),
    }
    this.#links.set(added.id, added)
    return added
  }
}
