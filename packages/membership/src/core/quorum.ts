// Whether this process and those it can reach are more than half of all that are expected. Advice to the layer above;
// nothing in the protocol stops for it. docs/decisions has the reasons.
import { type Millis, sameLife } from './identity.ts'
import type { Link, LinkTable } from './link-table.ts'
import type { LivedClock } from './lived-clock.ts'
import { type Entry, isPresent, type MemberTable } from './member-table.ts'
import type { Standing } from './message.ts'
import type { Outbox } from './outbox.ts'
import { Roll } from './roll.ts'

/** How this member's side of the cluster stands. Immutable. */
export interface Quorum {
  /**
   * `majority`: more than half of the expected members are alive here. `minority`: not. `unknown`: this process has
   * not been here long enough to know how many there should be.
   */
  readonly state: 'majority' | 'minority' | 'unknown'
  /** What `expected` rests on: the size this member was given, or the names it has seen. */
  readonly basis: 'given' | 'learnt'
  /** How many members there should be. */
  readonly expected: number
  /** How many of them count as here: alive, not under suspicion, and with a vote; self included where it has one. */
  readonly present: number
}

/** Where no size was given, a whole cluster that starts must have stayed the same for so long. */
const LEARNT_AFTER_MS = 60_000
/** Where it was given: long enough to hear from the first peer that the cluster is an old one. */
const GIVEN_AFTER_MS = 200

/** Nobody can make us expect more names than this by telling of them. */
const MAX_EXPECTED = 4096

export interface QuorumParts {
  readonly clock: LivedClock
  readonly table: MemberTable
  readonly links: LinkTable
  readonly outbox: Outbox
  readonly isIsolated: () => boolean
  /** Somebody has said more than a hello: it is not all others who refuse this member. */
  readonly hasHeard: () => boolean
  /** An address is listed at which nobody we know was found: there may be more than we know. */
  readonly hasUnmetSeed: () => boolean
}

export class QuorumKeeper {
  readonly #parts: QuorumParts
  readonly #roll: Roll
  /** Open links whose peer has told how it stands. */
  readonly #told = new Set<Link>()
  #given: number | undefined
  /** Whether we know of whom the cluster consists: founded it, or agreed once with a member that knew. */
  #knows = false
  /** Who comes to know says so to everybody: those linked before would have to wait for the few that knew first. */
  #hasNews = false
  #changedAt: Millis
  #quorum: Quorum

  constructor(parts: QuorumParts, given: number | undefined) {
    this.#parts = parts
    this.#given = given
    this.#roll = new Roll(parts.table.self.name)
    this.#changedAt = parts.clock.lived
    this.#quorum = this.#judge()
  }

  /** The same object until something in it changes. */
  get quorum(): Quorum {
    return this.#quorum
  }

  /** The application says how many there should be; who is absent now is expected no more. */
  setExpectedSize(size: number): void {
    const { table } = this.#parts
    this.#given = size
    const isHere = (name: string) => {
      const entry = table.get(name)
      return entry !== undefined && isPresent(entry)
    }
    this.#roll.remove(this.#roll.names().filter((name) => !isHere(name)))
  }

  /** The table changed. */
  changed(entry: Entry): void {
    const { name, state, forgotten } = entry
    const isNew = !this.#roll.has(name)
    const isGuest = this.#roll.guests.has(name)
    const isOver = state === 'left' && (this.#quorum.state === 'majority' || isGuest)
    // That a name which we never met was here, and ended, anybody can say: who expects it says so by its standing.
    if (isNew && !isPresent(entry)) return
    if (isOver || (forgotten && isGuest)) this.#roll.remove([name])
    else if (state === 'left') this.#roll.noteLeft(name)
    else this.#roll.put(name, state === 'alive' && !forgotten)
    this.#changedAt = this.#parts.clock.lived
    if (isNew && this.#knows && this.#quorum.state !== 'majority') this.#addGuest(name)
  }

  /** A link to a member is up. */
  linked(link: Link): void {
    if (this.#knows) this.#parts.outbox.send(link.id, this.#standing())
  }

  /** A link has ended: its peer may have been the last that knew. */
  unlinked(link: Link): void {
    if (this.#told.delete(link)) this.#changedAt = this.#parts.clock.lived
  }

  /** A peer tells how it stands. */
  hear(link: Link, standing: Standing): void {
    this.#told.add(link)
    // Who knows has met them all itself, and marked those that came while there was no majority.
    if (this.#knows) return
    for (const name of standing.missed) this.#miss(name)
    if (!standing.isMajority) for (const name of standing.guests) this.#addGuest(name)
  }

  /** A peer holds the same view as we do. */
  agreed(link: Link): void {
    if (!this.#knows && this.#told.has(link)) this.#learn()
  }

  /** After every input: judges anew, and tells what changed. */
  update(): void {
    const previous = this.#quorum
    let next = this.#judge()
    if (!this.#knows && this.#mayFound(next)) {
      this.#learn()
      next = this.#judge()
    }
    if (next.state === 'majority' && this.#roll.confirm()) next = this.#judge()
    const isNew = !isSame(next, previous)
    if (isNew) this.#quorum = Object.freeze(next)
    this.#spread()
    if (!isNew) return
    if (next.state === previous.state && next.basis === previous.basis) return
    const { outbox, table } = this.#parts
    outbox.emit({ type: 'quorum-changed', quorum: this.#quorum, previous, view: table.view })
  }

  #judge(): Quorum {
    const given = this.#given ?? 0
    const expected = Math.max(given, this.#roll.expected)
    const present = this.#votes(expected)
    const isMost = 2 * present > expected
    const basis = given >= this.#roll.expected ? 'given' : 'learnt'
    if (this.#knows) return { state: isMost ? 'majority' : 'minority', basis, expected, present }
    // While somebody is here who knows, more may be about to be heard of.
    const isShort = this.#given !== undefined && !isMost && !this.#hasTeller(isTrusted)
    return { state: isShort ? 'minority' : 'unknown', basis, expected, present }
  }

  /**
   * A suspect does not count: the smaller side of a cut must stand down before the larger one takes over for those it
   * calls failed. Guests count where all names together are no more than were to be expected, or nobody is missing.
   */
  #votes(expected: number): number {
    const { alive, aliveGuests, size } = this.#roll
    if (this.#parts.isIsolated()) return 1
    return size <= (this.#given ?? 0) || alive >= expected ? alive : alive - aliveGuests
  }

  /** A cluster that starts as a whole: nobody knows better, and the same members have been here for a while. */
  #mayFound({ expected, present }: Quorum): boolean {
    const { clock, isIsolated, hasHeard, hasUnmetSeed } = this.#parts
    if (2 * present <= expected || isIsolated() || this.#hasTeller(isPresent)) return false
    if (present > 1 && !hasHeard()) return false
    const sameForMs = clock.lived - this.#changedAt
    if (this.#given !== undefined) return sameForMs >= GIVEN_AFTER_MS
    return sameForMs >= LEARNT_AFTER_MS && !hasUnmetSeed()
  }

  /** Somebody who knows is here. All who did may die in a restart of the whole cluster, before anybody agreed with them. */
  #hasTeller(isHere: (entry: Entry) => boolean): boolean {
    for (const { peer } of this.#told) {
      const entry = peer && this.#parts.table.get(peer.name)
      if (entry && sameLife(entry, peer) && isHere(entry)) return true
    }
    return false
  }

  /** A name that was here before our time, and has not left as far as we know. */
  #miss(name: string): void {
    const entry = this.#parts.table.get(name)
    const isHere = entry !== undefined && isPresent(entry)
    if (isHere || entry?.state === 'left' || this.#roll.has(name)) return
    if (this.#roll.size < MAX_EXPECTED) this.#roll.put(name, false)
  }

  #addGuest(name: string): void {
    if (this.#roll.guests.has(name)) return
    this.#roll.addGuest(name)
    this.#hasNews = true
  }

  #learn(): void {
    this.#knows = true
    this.#hasNews = true
  }

  /** Tells how we stand to whoever may not know; who has told us does, and listens to nobody. */
  #spread(): void {
    if (!this.#hasNews) return
    this.#hasNews = false
    if (!this.#knows) return
    const { links, outbox } = this.#parts
    const standing = this.#standing()
    for (const link of links.currents()) if (!this.#told.has(link)) outbox.send(link.id, standing)
  }

  #standing(): Standing {
    const isMajority = this.#quorum.state === 'majority'
    return { type: 'standing', isMajority, guests: [...this.#roll.guests], missed: this.#roll.absent() }
  }
}

function isTrusted({ state }: Entry): boolean {
  return state === 'alive'
}

function isSame(a: Quorum, b: Quorum): boolean {
  return a.state === b.state && a.basis === b.basis && a.expected === b.expected && a.present === b.present
}
