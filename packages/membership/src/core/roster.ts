// Takes in facts about members: decides by the order of precedence what each changes in the table, and says what
// happened as an event. Whether a fact is news never depends on who brought it or how often; only a member's own
// hello can bring a new life into the view.
import type { Cause, CoreCertificate } from './certificate.ts'
import type { MemberEvent } from './event.ts'
import { compareFacts, type Fact, isTerminal, type MemberRecord } from './fact.ts'
import { compareLives, type Millis, PLAUSIBLE_AHEAD_MS, sameLife } from './identity.ts'
import { type Entry, entryOf, isPresent, type MemberTable } from './member-table.ts'
import type { ProtocolOptions } from './options.ts'
import type { Outbox } from './outbox.ts'
import { confirmationsNeeded, LEAST_ANSWER_MS } from './suspicion.ts'

/** Members that ended before our time are taken in up to this many names in all. */
const MAX_NAMES = 4096

/** What a fact did. */
export type Outcome =
  /** Nothing new. */
  | 'known'
  /** Older than what we hold. */
  | 'stale'
  /** The table changed. */
  | 'changed'
  /** A life we have not met: to be dialed. */
  | 'stranger'
  /** About ourselves. */
  | 'self'

export interface Change {
  readonly next: Entry
  readonly previous: Entry | undefined
  /** For a suspicion or a verdict. */
  readonly why?: Cause | undefined
}

type EventDraft = MemberEvent extends infer E ? (E extends unknown ? Omit<E, 'view'> : never) : never

export class Roster {
  readonly #table: MemberTable
  readonly #outbox: Outbox
  readonly #options: ProtocolOptions
  readonly #maxMembers: number
  readonly #changed: (change: Change) => void
  readonly #tellOwner: (entry: Entry, fact: Fact) => boolean
  readonly #certify: (entry: Entry) => CoreCertificate
  /**
   * `changed` is called after the table and before the event. `tellOwner` hands a fact to the member it concerns, and
   * returns whether that member is linked. `certify` gives what is known about a suspicion or a verdict.
   */
  constructor(
    table: MemberTable,
    outbox: Outbox,
    options: ProtocolOptions,
    maxMembers: number,
    changed: (change: Change) => void,
    tellOwner: (entry: Entry, fact: Fact) => boolean,
    certify: (entry: Entry) => CoreCertificate,
  ) {
    this.#table = table
    this.#outbox = outbox
    this.#options = options
    this.#maxMembers = maxMembers
    this.#changed = changed
    this.#tellOwner = tellOwner
    this.#certify = certify
  }

  /** Whether a name may come into the view, or is in it. The member that ended longest ago makes room where none is left. */
  makeRoom(name: string, now: Millis): boolean {
    const entry = this.#table.get(name)
    if (entry !== undefined && !entry.forgotten) return true
    if (this.#table.shownCount < this.#maxMembers) return true
    let oldest: Entry | undefined
    for (const ended of this.#table.ended()) {
      if (!ended.forgotten && (oldest === undefined || ended.since < oldest.since)) oldest = ended
    }
    if (oldest === undefined) return false
    this.forget(oldest, now)
    return true
  }

  /** A member's word about itself over its own link. */
  applyHello(fact: Fact, now: Millis): Outcome {
    const entry = this.#table.get(fact.name)
    const order = entry === undefined ? 1 : compareLives(fact, entry)
    if (order < 0) return 'stale'
    // Only its own hello revives what was forgotten, or shows that a goodbye told by others was none.
    const isOver = entry?.forgotten === true || entry?.state === 'left'
    const revived = isOver && entry !== undefined && compareFacts(fact, entry) > 0
    if (entry !== undefined && order === 0 && !revived) return this.#applySameLife(fact, entry, now)
    const wasMet = entry?.instance === fact.instance ? entry.metGeneration : undefined
    this.#put(entryOf(fact, now, wasMet ?? fact.generation), entry, undefined)
    return 'changed'
  }

  /**
   * The highest generation that hearsay is believed about: a day beyond our clock, or beyond the middle one of the
   * members met, should our clock be far behind. No generation that was raised because of hearsay counts, and no one
   * member can move the middle: else a liar could raise it day by day, until a restart with a true clock comes too late.
   */
  newestPlausible(wallNow: number): number {
    const met: number[] = []
    for (const { metGeneration } of this.#table.others())
      if (metGeneration !== undefined) met.push(metGeneration)
    const middle = met.sort((a, b) => a - b)[Math.floor((met.length - 1) / 2)] ?? 0
    return Math.max(wallNow, middle) + PLAUSIBLE_AHEAD_MS
  }

  /** News from anyone. `by` is who brought it, for the cause of a verdict. */
  apply(fact: Fact, by: string, now: Millis, wallNow: number): Outcome {
    if (fact.name === this.#table.self.name) return 'self'
    const entry = this.#table.get(fact.name)
    const order = entry === undefined ? 1 : compareLives(fact, entry)
    if (order < 0) return 'stale'
    if (entry !== undefined && order === 0) {
      const outcome = this.#applySameLife(fact, entry, now, by)
      return this.#forgetsToo(fact, entry, now) ? 'changed' : outcome
    }
    if (!isTerminal(fact.state)) return 'stranger'
    if (entry === undefined && fact.forgotten) return 'known'
    if (fact.generation > this.newestPlausible(wallNow) || fact.ageMs >= this.#options.forgetAfterMs)
      return 'known'
    if (entry === undefined && this.#table.size >= MAX_NAMES) return 'known'
    const isShown = entry !== undefined && !entry.forgotten
    if (!isShown && this.#table.shownCount >= this.#maxMembers) return 'known'
    // A life that ended although an older one is here: the clock of its host went back. It will rise above that.
    if (entry !== undefined && isPresent(entry) && this.#tellOwner(entry, fact)) return 'known'
    this.#put(entryOf(fact, now), entry, this.#causeOf(fact, by))
    return 'changed'
  }

  /** Our own conclusion about a member; the entry must be the one in the table. */
  conclude(entry: Entry, state: 'suspect' | 'failed', why: Cause, now: Millis): void {
    this.#put({ ...entry, state, since: now }, entry, why)
  }

  /** Takes a member out of the view and keeps its tombstone. */
  forget(entry: Entry, now: Millis): void {
    const next = { ...entry, forgotten: true, since: now }
    this.#table.set(next)
    this.#changed({ next, previous: entry })
    this.#emit({ type: 'member-removed', member: entry })
  }

  /** Writes our own entry. */
  updateSelf(next: Entry): void {
    this.#table.set(next)
    this.#outbox.viewChanged()
  }

  #applySameLife(fact: Fact, entry: Entry, now: Millis, by?: string): Outcome {
    const order = compareFacts(fact, entry)
    const fillsRecord =
      fact.record !== undefined &&
      fact.incarnation === entry.incarnation &&
      entry.recordIncarnation < entry.incarnation
    if (order < 0 || (order === 0 && !fillsRecord)) return order < 0 ? 'stale' : 'known'
    // A goodbye ends a life for good; one that others made up is taken back by a hello only.
    if (entry.state === 'left' && !fillsRecord) return 'stale'
    if (entry.forgotten) {
      if (!isTerminal(fact.state)) return 'stranger'
      // A later end of the same life: the tombstone must cover it, so that who holds that end can be told.
      this.#table.set({ ...entry, incarnation: fact.incarnation, state: fact.state })
      return 'known'
    }
    const hasRecord = fact.record !== undefined && fact.incarnation >= entry.recordIncarnation
    const next: Entry = {
      ...entry,
      ...(hasRecord ? fact.record : {}),
      incarnation: fact.incarnation,
      state: fact.state,
      recordIncarnation: hasRecord ? fact.incarnation : entry.recordIncarnation,
      since: fact.state === entry.state ? entry.since : now - fact.ageMs,
      ...(isPresent(entry) && isTerminal(fact.state) && by !== fact.name ? { toldAt: now } : {}),
    }
    this.#put(next, entry, this.#causeOf(fact, by))
    return 'changed'
  }

  /**
   * Others have forgotten a member that ended here too. One that is present here only fails by such news, and has time
   * to answer; it is forgotten when the news comes again after that.
   */
  #forgetsToo(fact: Fact, before: Entry, now: Millis): boolean {
    if (fact.forgotten === undefined || before.forgotten || isPresent(before)) return false
    const entry = this.#table.get(fact.name) as Entry
    if (isPresent(entry) || compareFacts(fact, entry) !== 0) return false
    if (entry.toldAt !== undefined && now - entry.toldAt < LEAST_ANSWER_MS) return false
    this.forget(entry, now)
    return true
  }

  #put(next: Entry, previous: Entry | undefined, why: Cause | undefined): void {
    this.#table.set(next)
    this.#changed({ next, previous, why })
    const explain = () => ({ why: why as Cause, certificate: this.#certify(next) })
    const events = describeChange(next, previous, explain)
    for (const event of events) this.#emit(event)
    if (events.length === 0) this.#outbox.viewChanged()
  }

  #causeOf({ name, state, ageMs, by, ground }: Fact, teller: string = name): Cause | undefined {
    if (state === 'suspect') {
      const needed = 1 + confirmationsNeeded(this.#table.presentCount, this.#options.quorumOfObservers)
      return { type: 'silence', silentMs: ageMs, confirmedBy: by === undefined ? [] : [by], needed }
    }
    if (state !== 'failed') return undefined
    const verdict = by === undefined || ground === undefined ? {} : { verdict: { by, ground } }
    return { type: 'told', by: teller, ...verdict }
  }

  #emit(event: EventDraft): void {
    this.#outbox.emit({ ...event, view: this.#table.view } as MemberEvent)
  }
}

type Explain = () => { readonly why: Cause; readonly certificate: CoreCertificate }

/** The events that tell a change of one entry. A life that was over before we met it gets none. */
function describeChange(next: Entry, previous: Entry | undefined, explain: Explain): EventDraft[] {
  if (previous === undefined || previous.forgotten) {
    return isPresent(next) ? [{ type: 'member-joined', member: next }] : []
  }
  const wasPresent = isPresent(previous)
  if (!sameLife(next, previous) && (wasPresent || isPresent(next))) {
    const restarted: EventDraft = { type: 'member-restarted', member: next, previous }
    return [restarted, ...describeEnd(next, explain)]
  }
  // A verdict that was already told is not taken back by a goodbye.
  if (!isPresent(next)) return wasPresent ? describeEnd(next, explain) : []
  return describePresent(next, previous, explain)
}

function describeEnd(member: Entry, explain: Explain): EventDraft[] {
  if (member.state === 'failed') return [{ type: 'member-failed', member, ...explain() }]
  return member.state === 'left' ? [{ type: 'member-left', member }] : []
}

function describePresent(member: Entry, previous: Entry, explain: Explain): EventDraft[] {
  const events: EventDraft[] = []
  if (member.state === 'suspect' && previous.state === 'alive') {
    events.push({ type: 'member-suspected', member, ...explain() })
  }
  if (member.state === 'suspect' && previous.state === 'failed') {
    events.push({ type: 'member-recovered', member, previous })
    events.push({ type: 'member-suspected', member, ...explain() })
  }
  if (member.state === 'alive' && previous.state !== 'alive') {
    events.push({ type: 'member-recovered', member, previous })
  }
  if (member.leaving && !previous.leaving) events.push({ type: 'member-leaving', member })
  if (!sameRecord(member, previous)) {
    events.push({ type: 'member-updated', member, previous })
  }
  return events
}

function sameRecord(a: MemberRecord, b: MemberRecord): boolean {
  return sameList(a.addresses, b.addresses) && sameList(a.metadata, b.metadata)
}

function sameList(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
