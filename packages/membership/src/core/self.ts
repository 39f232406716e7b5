// What this process says of itself, and the only place where its own incarnation and generation are raised: to
// refute a false claim, to change its record, to leave, or to outlive a remembered earlier life of its name.
import { type Fact, isTerminal, type MemberRecord } from './fact.ts'
import { compareLives, type Millis, sameLife } from './identity.ts'
import type { LivedClock } from './lived-clock.ts'
import type { Entry, MemberTable } from './member-table.ts'
import type { Roster } from './roster.ts'

/** A claim beyond this is a lie, and raising ours above it would use up what the wire can carry: see #riseAbove. */
const MAX_CLAIMED_INCARNATION = 2 ** 39

/** A rival that nobody has named for so long is no more: whoever believes in it turns us away, and says why. */
const RIVAL_MS = 10_000

export interface SelfParts {
  readonly clock: LivedClock
  readonly table: MemberTable
  readonly roster: Roster
  readonly wallNow: () => number
  /** Tells everyone our new fact. */
  readonly tellSelf: () => void
  /** Our generation was raised: everyone must hear it as a hello. */
  readonly reintroduce: () => void
}

export class Self {
  readonly #parts: SelfParts
  #rival: Fact | undefined
  #rivalHeardAt: Millis = Number.NEGATIVE_INFINITY

  constructor(parts: SelfParts) {
    this.#parts = parts
  }

  /** A newer life of our own name that others believe present; to be dialed, for only its own hello supersedes us. */
  get rival(): Fact | undefined {
    const isRecent = this.#parts.clock.now - this.#rivalHeardAt < RIVAL_MS
    return isRecent ? this.#rival : undefined
  }

  /** Changes our own record, and tells everyone. */
  restate(record: Partial<MemberRecord>): void {
    this.#raiseIncarnation(record)
    this.#parts.tellSelf()
  }

  /** Our last word: we have left. */
  declareLeft(): void {
    this.#raiseIncarnation({ state: 'left', since: this.#parts.clock.now })
  }

  /** A fact about our own name, from whomever. */
  heard(fact: Fact): void {
    const { self } = this.#parts.table
    if (self.state === 'left') return
    if (sameLife(fact, self)) this.#refute(fact)
    else if (compareLives(fact, self) > 0) this.#meetRival(fact)
  }

  /** Someone holds us dead or suspect, or claims an incarnation we never had: we say better. */
  #refute(fact: Fact): void {
    const { self } = this.#parts.table
    const claimsWrong = fact.state !== 'alive' && fact.incarnation >= self.incarnation
    if (!claimsWrong && fact.incarnation <= self.incarnation) return
    if (fact.incarnation > MAX_CLAIMED_INCARNATION) {
      this.#riseAbove(fact)
      return
    }
    this.#raiseIncarnation({ incarnation: fact.incarnation })
    this.#parts.tellSelf()
    // Nobody believes that a member has come back from a goodbye, except by its own hello.
    if (fact.state === 'left') this.#parts.reintroduce()
  }

  #meetRival(fact: Fact): void {
    const { roster, wallNow } = this.#parts
    if (fact.generation > roster.newestPlausible(wallNow())) return
    if (!isTerminal(fact.state) && !this.#isAtOurAddress(fact)) {
      if (fact.record === undefined) return
      this.#rival = fact
      this.#rivalHeardAt = this.#parts.clock.now
      return
    }
    this.#riseAbove(fact)
  }

  /** No incarnation of ours can beat this claim; a generation does. */
  #riseAbove(fact: Fact): void {
    const { table, roster } = this.#parts
    this.#rival = undefined
    roster.updateSelf({
      ...table.self,
      generation: fact.generation + 1,
      incarnation: 0,
      recordIncarnation: 0,
    })
    this.#parts.reintroduce()
  }

  /** We listen where it did, so it is gone: the clock of this host went back. */
  #isAtOurAddress(fact: Fact): boolean {
    const own = this.#parts.table.self.addresses
    return fact.record?.addresses.every((address) => own.includes(address)) === true
  }

  #raiseIncarnation(change: Partial<Entry>): void {
    const { table, roster } = this.#parts
    const incarnation = Math.max(table.self.incarnation, change.incarnation ?? 0) + 1
    roster.updateSelf({ ...table.self, ...change, incarnation, recordIncarnation: incarnation })
  }
}
