// Telling and hearing: turns entries into facts, sends them straight to everyone or queues them to ride on probes,
// and takes in the facts that others send.
import type { Accusations } from './accusations.ts'
import { withinBounds } from './answer-bounds.ts'
import type { Disputes } from './disputes.ts'
import { type Dissemination, sendLimit } from './dissemination.ts'
import type { EvidenceFiles } from './evidence.ts'
import { compareFacts, type Fact, isTerminal } from './fact.ts'
import type { Life, Millis } from './identity.ts'
import type { Introductions } from './introductions.ts'
import type { Link, LinkTable } from './link-table.ts'
import type { LivedClock } from './lived-clock.ts'
import { type Entry, isPresent, type MemberTable, recordOf } from './member-table.ts'
import type { Outbox } from './outbox.ts'
import type { Roster } from './roster.ts'

/** Lives heard of but not met are remembered up to this number. */
const MAX_STRANGERS = 1024

export interface NewsParts {
  readonly clock: LivedClock
  readonly table: MemberTable
  readonly links: LinkTable
  readonly outbox: Outbox
  readonly roster: Roster
  readonly accusations: () => Accusations
  readonly disputes: Disputes
  readonly evidence: EvidenceFiles
  readonly dissemination: Dissemination
  readonly introductions: Introductions
  readonly wallNow: () => number
  /** A fact about our own name. */
  readonly aboutSelf: (fact: Fact) => void
  /** A peer has spoken of a life. */
  readonly vouch: (life: Life) => void
  /** What was heard of a life that is not met yet has changed. */
  readonly strangerChanged: (name: string) => void
}

export class News {
  readonly #parts: NewsParts
  readonly #strangers = new Map<string, { readonly fact: Fact; readonly heardAt: Millis }>()

  constructor(parts: NewsParts) {
    this.#parts = parts
  }

  /** A life heard of from others, present as far as they know, and not met yet. */
  stranger(name: string): Fact | undefined {
    return this.#strangers.get(name)?.fact
  }

  /** Gives up strangers that nobody has spoken of for so long. */
  forgetStrangers(afterMs: Millis): void {
    for (const [name, { heardAt }] of this.#strangers) {
      if (this.#parts.clock.now - heardAt < afterMs) continue
      this.#strangers.delete(name)
      this.#parts.strangerChanged(name)
    }
  }

  /** The fact an entry stands for, with its record where we hold the record of that incarnation. */
  describe(entry: Entry): Fact {
    const { name, generation, instance, incarnation, state } = entry
    const base = { name, generation, instance, incarnation, state }
    const hasRecord = entry.recordIncarnation === incarnation
    // Written out for what every hello and every start carries.
    if (state === 'alive' && hasRecord)
      return { name, generation, instance, incarnation, state, ageMs: 0, record: recordOf(entry) }
    if (state === 'alive') return { ...base, ageMs: 0 }
    const record = hasRecord ? { record: recordOf(entry) } : {}
    if (entry.forgotten) return { ...base, ageMs: 0, forgotten: true }
    if (state === 'suspect')
      return { ...base, ...this.#parts.accusations().describe(entry), ...record } as Fact
    const ageMs = Math.max(0, Math.round(this.#parts.clock.now - entry.since))
    const verdict = state === 'failed' ? this.#parts.evidence.verdictOf(entry) : undefined
    return { ...base, ageMs, ...verdict, ...record }
  }

  /** Sends a fact straight to everyone linked: first to the member itself, so that it can answer. */
  tell(fact: Fact): void {
    const { links, outbox } = this.#parts
    const message = { type: 'updates', updates: [fact] } as const
    const subject = links.current(fact.name)
    if (subject !== undefined) outbox.send(subject.id, message)
    for (const link of links.currents()) if (link !== subject) outbox.send(link.id, message)
    this.queue(fact)
  }

  /** News for a ping or an ack to this peer, with what it should know about itself. */
  takeFor(peer: string): Fact[] {
    const { dissemination, clock, table } = this.#parts
    const facts = dissemination.take(peer, clock.now)
    const entry = table.get(peer)
    if (entry !== undefined && entry.state !== 'alive' && !facts.some((fact) => fact.name === peer)) {
      facts.push(this.describe(entry))
    }
    return facts
  }

  /** Takes in a fact from a peer; returns whether it was news. */
  take(fact: Fact, from: Link): boolean {
    this.#parts.vouch(fact)
    return !this.#parts.disputes.raise(fact, from) && this.accept(fact, from)
  }

  /** Takes in a fact that nothing we know ourselves speaks against; returns whether it was news. */
  accept(fact: Fact, from: Link): boolean {
    const { roster, table, clock, dissemination } = this.#parts
    const outcome = roster.apply(fact, from.peer?.name ?? '?', clock.now, this.#parts.wallNow())
    if (fact.state === 'suspect' && (outcome === 'changed' || outcome === 'known')) {
      this.#parts.accusations().note(fact)
    }
    if (outcome === 'self') this.#parts.aboutSelf(fact)
    if (outcome === 'stranger') return this.#meet(fact, from)
    if (outcome === 'known') dissemination.heardAgain(fact)
    if (outcome === 'changed' || outcome === 'known') this.#wantRecord(fact, from)
    if (outcome !== 'changed') return false
    const entry = table.get(fact.name) as Entry
    this.queue(this.describe(entry))
    if (from.peer?.name !== fact.name) this.#showSubject(entry)
    return true
  }

  /**
   * Of whoever says the same again, too: the first may have left before it could answer. Who has forgotten a member has no
   * record to give.
   */
  #wantRecord({ name, forgotten }: Fact, from: Link): void {
    if (forgotten) return
    const entry = this.#parts.table.get(name)
    if (entry === undefined || entry.forgotten || entry.recordIncarnation >= entry.incarnation) return
    this.#parts.outbox.send(from.id, { type: 'want', names: [name] })
  }

  /**
   * A peer holds the same of everybody as we do: it may have the records that we lack, and whoever was asked for them may have
   * gone. On each link it is asked once for the same ones.
   */
  agreed(link: Link): void {
    const { outbox, table } = this.#parts
    if (table.unrecorded.size === 0) return
    const names = [...table.unrecorded]
    const asked = names
      .map((name) => `${name} ${table.get(name)?.instance} ${table.get(name)?.incarnation}`)
      .join()
    if (asked === link.recordsAsked) return
    link.recordsAsked = asked
    outbox.send(link.id, { type: 'want', names })
  }

  /** A member's own hello brought news. */
  introduced(entry: Entry, from: Link): void {
    const heardOf = this.#strangers.get(entry.name)?.fact
    if (heardOf === undefined || heardOf.instance !== entry.instance) this.#passOn(this.describe(entry), from)
    else this.queue(this.describe(entry))
    if (this.#strangers.delete(entry.name)) this.#parts.strangerChanged(entry.name)
  }

  /** Answers a want. */
  answerWant(link: Link, names: readonly string[]): void {
    const { table, outbox } = this.#parts
    const facts: Fact[] = []
    for (const name of new Set(names)) {
      const entry = table.get(name)
      // Who lacks the record has nothing to give: it would be asked again at once.
      if (entry !== undefined && entry.recordIncarnation === entry.incarnation)
        facts.push(this.describe(entry))
    }
    if (facts.length > 0) outbox.send(link.id, { type: 'updates', updates: withinBounds(facts) })
  }

  /** A life is over or met: it need not be dialed any more. */
  settle(entry: Entry): void {
    if (!isPresent(entry)) this.#parts.disputes.drop(entry.name)
    const stranger = this.#strangers.get(entry.name)?.fact
    if (stranger === undefined || compareFacts(entry, stranger) < 0) return
    this.#strangers.delete(entry.name)
    this.#parts.strangerChanged(entry.name)
  }

  /** What somebody else says of a member we are linked to, the member hears at once: if it is false, it says better. */
  #showSubject(entry: Entry): void {
    const { links, outbox } = this.#parts
    const link = links.current(entry.name)
    if (link === undefined || entry.state === 'suspect') return
    outbox.send(link.id, { type: 'updates', updates: [this.describe(entry)] })
  }

  #meet(fact: Fact, from: Link): boolean {
    const known = this.#strangers.get(fact.name)?.fact
    if (known !== undefined && compareFacts(fact, known) <= 0) {
      this.#strangers.set(fact.name, { fact: known, heardAt: this.#parts.clock.now })
      this.#parts.dissemination.heardAgain(fact)
      return false
    }
    if (fact.record === undefined) {
      this.#parts.outbox.send(from.id, { type: 'want', names: [fact.name] })
      return false
    }
    if (known === undefined && this.#strangers.size >= MAX_STRANGERS) return false
    const isNewLife = known?.instance !== fact.instance
    this.#strangers.set(fact.name, { fact, heardAt: this.#parts.clock.now })
    this.#parts.strangerChanged(fact.name)
    if (isNewLife && !isTerminal(fact.state)) this.#passOn(fact, from)
    return true
  }

  #passOn(fact: Fact, from: Link): void {
    this.queue(fact)
    this.#parts.introductions.add(fact, from)
  }

  /** Lets a fact ride on probes and acks. */
  queue(fact: Fact): void {
    const { dissemination, table, clock } = this.#parts
    dissemination.add(fact, sendLimit(table.presentCount), clock.now)
  }
}
