// Anti-entropy: two hash mismatches in a row with a peer start a digest exchange, at most one at a time and a
// second apart, doubling when fruitless; only differences travel. A newcomer pulls at its first links.

import { withinBounds } from './answer-bounds.ts'
import { compareFacts, type Fact } from './fact.ts'
import { equalHash } from './hash.ts'
import type { Millis } from './identity.ts'
import type { LinkId } from './input.ts'
import type { Link } from './link-table.ts'
import type { LivedClock } from './lived-clock.ts'
import type { Entry, MemberTable } from './member-table.ts'
import type { Delta, Digest, ViewHash } from './message.ts'
import type { Outbox } from './outbox.ts'

const MISMATCHES_BEFORE_REPAIR = 2
const MIN_INTERVAL_MS = 1000
const MAX_INTERVAL_MS = 64_000
/** Pulls at new links may follow each other this fast, so that a mass start fills its views. */
const PULL_INTERVAL_MS = 100
const ANSWER_TIMEOUT_MS = 3000

export interface RepairParts {
  readonly clock: LivedClock
  readonly table: MemberTable
  readonly outbox: Outbox
  /** A full fact about an entry, with its record. */
  readonly describe: (entry: Entry) => Fact
  /** Sends the facts about these names. */
  readonly answerWant: (link: Link, names: readonly string[]) => void
  /** Takes in a fact; returns whether it changed anything. */
  readonly take: (fact: Fact, link: Link) => boolean
  /** A peer's view is the same as ours. */
  readonly agreed: (link: Link) => void
}

export class Repair {
  readonly #parts: RepairParts
  #inFlight: { readonly link: LinkId; readonly sentAt: Millis; readonly isPull: boolean } | undefined
  #intervalMs = MIN_INTERVAL_MS
  #nextAt: Millis = Number.NEGATIVE_INFINITY
  #nextPullAt: Millis = Number.NEGATIVE_INFINITY

  constructor(parts: RepairParts) {
    this.#parts = parts
  }

  /** A peer's hash arrived with a probe or an ack. */
  compare(link: Link, theirs: ViewHash): void {
    if (equalHash(theirs, this.#parts.table.hash)) {
      link.mismatches = 0
      this.#parts.agreed(link)
      return
    }
    link.mismatches++
    if (link.mismatches < MISMATCHES_BEFORE_REPAIR || this.#parts.clock.now < this.#nextAt) return
    this.#start(link, false)
  }

  /** A link we dialed is up, with the peer's hash from its hello. */
  pull(link: Link, theirs: ViewHash): void {
    const { clock, table } = this.#parts
    if (equalHash(theirs, table.hash) || clock.now < this.#nextPullAt) return
    this.#start(link, true)
  }

  /** Answers a peer's digest with what it lacks, and asks for what we lack. */
  answer(link: Link, digest: Digest): void {
    const { table, outbox, describe } = this.#parts
    const updates: Fact[] = []
    const wanted: string[] = []
    const seen = new Set<string>()
    for (const theirs of digest.facts) {
      if (seen.has(theirs.name)) continue
      seen.add(theirs.name)
      const ours = table.get(theirs.name)
      const order = ours === undefined ? -1 : compareFacts(ours, theirs)
      // A tombstone says more than the verdict it stands for.
      if (order > 0 || (order === 0 && ours?.forgotten)) updates.push(describe(ours as Entry))
      else if (order < 0) wanted.push(theirs.name)
    }
    for (const entry of table.entries()) {
      if (!seen.has(entry.name) && !entry.forgotten) updates.push(describe(entry))
    }
    outbox.send(link.id, { type: 'delta', updates: withinBounds(updates), wanted })
  }

  /** The answer to our digest. */
  receive(link: Link, delta: Delta): void {
    const { clock, take } = this.#parts
    // Of many new links most have nothing new, which says nothing of what is asked later.
    const isPull = this.#inFlight?.link === link.id && this.#inFlight.isPull
    if (this.#inFlight?.link === link.id) this.#inFlight = undefined
    // What it wanted already, it cannot use (a member it has not met): asking again brings nothing.
    const wanted = delta.wanted.join(' ')
    let fruitful = delta.wanted.length > 0 && wanted !== link.lastWanted
    link.lastWanted = wanted
    for (const fact of delta.updates) if (take(fact, link)) fruitful = true
    this.#parts.answerWant(link, delta.wanted)
    link.mismatches = 0
    if (fruitful) this.#intervalMs = MIN_INTERVAL_MS
    else if (!isPull) this.#intervalMs = Math.min(MAX_INTERVAL_MS, this.#intervalMs * 2)
    this.#nextAt = clock.now + this.#intervalMs
  }

  /** A link is gone, and with it an answer that was awaited. */
  forgetLink(link: LinkId): void {
    if (this.#inFlight?.link === link) this.#inFlight = undefined
  }

  #start(link: Link, isPull: boolean): void {
    const { clock, table, outbox } = this.#parts
    const waiting = this.#inFlight
    if (waiting !== undefined && clock.now - waiting.sentAt < ANSWER_TIMEOUT_MS) return
    this.#inFlight = { link: link.id, sentAt: clock.now, isPull }
    this.#nextAt = clock.now + this.#intervalMs
    this.#nextPullAt = clock.now + PULL_INTERVAL_MS
    const facts: Fact[] = []
    for (const { name, generation, instance, incarnation, state, forgotten } of table.entries()) {
      if (!forgotten) facts.push({ name, generation, instance, incarnation, state, ageMs: 0 })
    }
    outbox.count('digests')
    outbox.send(link.id, { type: 'digest', facts })
  }
}
