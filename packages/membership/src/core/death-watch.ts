// The fast evidence: a link broke without a goodbye. Observers redial at once; when every address that used to work
// turns them away they vote `gone`, and enough votes without a veto are a verdict. A refused dial cannot be the
// fault of a slow observer, so only the wait for a veto is in lived time: it may be there and not yet read.
import type { Cause } from './certificate.ts'
import {
  type DeathCase,
  NO_ANSWER_MS,
  noteResult,
  openCase,
  type Vote,
  verdictOfDials,
} from './death-case.ts'
import type { EvidenceFiles } from './evidence.ts'
import { type Address, type Life, type Millis, sameLife } from './identity.ts'
import type { DialFailure } from './input.ts'
import type { LinkTable } from './link-table.ts'
import type { LivedClock } from './lived-clock.ts'
import { type Entry, isPresent, type MemberTable } from './member-table.ts'
import type { ProtocolOptions } from './options.ts'
import type { RedialOrder } from './redial-order.ts'
import { suspicionOfOne, verdictOfVotes } from './votes.ts'

export interface DeathWatchParts {
  readonly clock: LivedClock
  readonly table: MemberTable
  readonly links: LinkTable
  readonly options: ProtocolOptions
  readonly order: RedialOrder
  readonly evidence: EvidenceFiles
  /** Dials an address; `connected` when a dial there already has its connection. */
  readonly redial: (address: Address, name: string) => 'pending' | 'connected'
  /** Whether an address of this life is known to have worked. */
  readonly hasWorked: (life: Life) => boolean
  /** Whether nobody has had the time to find that out. */
  readonly isUnchecked: (life: Life) => boolean
  readonly sendVote: (life: Life, how: Vote) => void
  readonly sendVeto: (life: Life) => void
  /** Unless that has been sent already. */
  readonly withdrawVeto: (name: string) => void
  /** Asks the member itself, over a link that still stands. */
  readonly challenge: (life: Life) => void
  /** A member's redials are no longer in our hands. */
  readonly released: (name: string) => void
  /** `sinceLived`: when its link broke. */
  readonly suspect: (entry: Entry, sinceLived: Millis, why: Cause) => void
  /** `tell`: others may not know what it rests on. */
  readonly fail: (entry: Entry, why: Cause, tell: boolean) => void
  /** Tells one member, by name, what we hold about another. */
  readonly answer: (voter: string, about: Entry) => void
}

export class DeathWatch {
  readonly #parts: DeathWatchParts
  readonly #cases = new Map<string, DeathCase>()

  constructor(parts: DeathWatchParts) {
    this.#parts = parts
  }

  /** Our link to a present member broke without a close frame, and no other link to it is up. */
  linkBroke(entry: Entry): void {
    const { clock, order } = this.#parts
    const opened = this.#open(entry)
    this.#parts.withdrawVeto(entry.name)
    opened.brokeAt = clock.now
    opened.brokeLived = clock.lived
    opened.holdsRedials = true
    opened.redialAt = order.linkBroke(entry)
    this.#advance(opened)
  }

  /** Another observer votes. */
  voted(life: Life, voter: string, how: Vote): void {
    const { table } = this.#parts
    const entry = table.get(life.name)
    if (entry === undefined || !sameLife(entry, life) || life.name === table.self.name) return
    // Whoever votes now has missed votes: those who most likely cast them tell how it ended.
    if (entry.state === 'failed' && this.#parts.order.isFirst(life)) this.#parts.answer(voter, entry)
    if (!isPresent(entry)) return
    const opened = this.#open(entry)
    opened.votes.set(voter, how)
    this.#parts.evidence.note(life, { type: 'vote', by: voter, how })
    if (this.#parts.links.current(life.name) !== undefined) this.#parts.challenge(life)
    this.#advance(opened)
  }

  /** Another member heard this one after the first vote. */
  vetoed(life: Life, by: string): void {
    if (this.#close(life)) this.#parts.evidence.note(life, { type: 'veto', by })
  }

  /**
   * It has answered a suspicion. Where that was ours, which came of a refusal, it lives and only turns our dials away;
   * an answer to others may be older than what its case rests on.
   */
  refuted(life: Life): void {
    if (this.#cases.get(life.name)?.suspected) this.#close(life)
  }

  /** We ourselves have a pong to a ping sent at `sentAt`, or (without it) a new link. */
  heard(life: Life, sentAt?: Millis): void {
    const open = this.#cases.get(life.name)
    if (open === undefined || !sameLife(open.life, life)) return
    if (sentAt !== undefined && sentAt < open.openedAt) return
    if (open.votes.size > 0) {
      this.#parts.evidence.note(life, { type: 'veto', by: this.#parts.table.self.name })
      this.#parts.sendVeto(life)
    }
    this.#close(life)
  }

  /** The member's fate is known, or it is another life now. */
  drop(name: string): void {
    if (this.#cases.delete(name)) this.#parts.released(name)
  }

  /** A dial to this address ended, or got its connection. */
  dialEnded(address: Address, result: DialFailure | 'connected'): void {
    for (const open of [...this.#cases.values()]) {
      if (!open.results.has(address)) continue
      noteResult(open, address, result, this.#parts.clock.now)
      // Its host answers after all: our "no answer" was wrong, and so may be that of others.
      const own = open.votes.get(this.#parts.table.self.name)
      if (result === 'connected' && own === 'unreachable') this.heard(open.life)
      else this.#advance(open)
    }
  }

  /** Whether this member's redials are in our hands for now; later they are ordinary ones. */
  isRedialing(life: Life): boolean {
    const open = this.#cases.get(life.name)
    return open?.holdsRedials === true && sameLife(open.life, life)
  }

  get nextAt(): Millis | undefined {
    let next: Millis | undefined
    for (const open of this.#cases.values()) {
      for (const at of this.#dueTimes(open)) if (next === undefined || at < next) next = at
    }
    return next
  }

  /** Does what has become due. */
  tick(): void {
    for (const open of [...this.#cases.values()]) this.#advance(open)
  }

  #open(entry: Entry): DeathCase {
    const known = this.#cases.get(entry.name)
    if (known !== undefined && sameLife(known.life, entry)) return known
    const opened = openCase(entry, this.#parts.clock.now, this.#parts.clock.lived)
    this.#cases.set(entry.name, opened)
    return opened
  }

  /** Returns whether there was a case. */
  #close(life: Life): boolean {
    const open = this.#cases.get(life.name)
    const isKnown = open !== undefined && sameLife(open.life, life)
    if (isKnown) this.drop(life.name)
    return isKnown
  }

  /** Others that could vote: present, and not the member itself. */
  #survivors(open: DeathCase): number {
    const entry = this.#parts.table.get(open.life.name)
    return this.#parts.table.presentCount - (entry !== undefined && isPresent(entry) ? 1 : 0)
  }

  #dueTimes(open: DeathCase): Millis[] {
    const { options } = this.#parts
    const due: Millis[] = []
    if (open.redialAt !== undefined) due.push(open.redialAt)
    if (open.holdsRedials) due.push(this.#releaseAt(open))
    if (open.dialedAt !== undefined && [...open.results.values()].includes('pending')) {
      due.push(open.dialedAt + NO_ANSWER_MS)
    }
    if (open.enoughLived !== undefined)
      due.push(this.#parts.clock.wakeFor(open.enoughLived + options.addressGoneMs))
    if (this.#canSuspect(open)) due.push(this.#suspectAt(open))
    // What is past has been looked at, and waits for something else to happen.
    return due.filter((at) => at > this.#parts.clock.now)
  }

  #advance(open: DeathCase): void {
    const { table, clock } = this.#parts
    const entry = table.get(open.life.name)
    if (entry === undefined || !isPresent(entry) || !sameLife(entry, open.life)) {
      this.#cases.delete(open.life.name)
      return
    }
    if (open.redialAt !== undefined && open.redialAt <= clock.now) this.#redial(open, entry)
    if (open.holdsRedials && this.#releaseAt(open) <= clock.now) {
      open.holdsRedials = false
      this.#parts.released(entry.name)
    }
    this.#vote(open)
    if (this.#decide(open, entry)) return
    if (this.#canSuspect(open) && this.#suspectAt(open) <= clock.now) this.#suspect(open, entry)
  }

  #releaseAt(open: DeathCase): Millis {
    return (open.brokeAt ?? open.openedAt) + this.#parts.options.voteWindowMs
  }

  #redial(open: DeathCase, entry: Entry): void {
    open.redialAt = undefined
    open.dialedAt = this.#parts.clock.now
    open.results.clear()
    for (const address of entry.addresses) {
      open.results.set(address, this.#parts.redial(address, entry.name))
    }
  }

  /** Votes once per round of dials, when every address has turned us away. */
  #vote(open: DeathCase): void {
    const dials = verdictOfDials(open, this.#parts.clock.now)
    if (dials === undefined) return
    const hasWorked = this.#parts.hasWorked(open.life)
    if (!hasWorked && !this.#parts.isUnchecked(open.life)) return
    // Behind a wrong address it lives and dials anew: it is given the time for that.
    const how = hasWorked ? dials : 'unreachable'
    const alone = this.#survivors(open) === 1
    if (!alone && this.#parts.order.lostMajority) return
    open.dialedAt = undefined
    // A second one, with which we could judge alone, counts only while we reach somebody: else the fault may be ours.
    const isLinked = this.#parts.links.currentCount > 0
    if (how === 'refused' && (open.refusals === 0 || isLinked || alone)) open.refusals++
    const self = this.#parts.table.self.name
    if (open.votes.get(self) === how) return
    open.votes.set(self, how)
    const { evidence } = this.#parts
    for (const [address, result] of open.results) {
      if (result === 'pending') evidence.dialEnded(address, 'unanswered')
    }
    evidence.note(open.life, { type: 'vote', by: self, how })
    this.#parts.sendVote(open.life, how)
  }

  /** Returns whether the verdict fell. */
  #decide(open: DeathCase, entry: Entry): boolean {
    const { clock, links, options } = this.#parts
    const electorate = {
      isVoter: (name: string) => this.#isVoter(name),
      survivors: this.#survivors(open),
      isLinked: links.currentCount > 0,
      isAsked: links.current(entry.name) !== undefined,
    }
    const verdict = verdictOfVotes(open, electorate, options, clock.lived)
    if (verdict === undefined) return false
    this.#cases.delete(open.life.name)
    this.#parts.fail(entry, verdict.why, verdict.tell)
    return true
  }

  #isVoter(name: string): boolean {
    const { table } = this.#parts
    const entry = table.get(name)
    return name === table.self.name || (entry !== undefined && isPresent(entry))
  }

  /** We voted `refused`, and not enough others did. */
  #canSuspect(open: DeathCase): boolean {
    return open.refusals === 1 && !open.suspected
  }

  #suspectAt(open: DeathCase): Millis {
    const window = this.#survivors(open) === 1 ? 0 : this.#parts.options.voteWindowMs
    return (open.brokeAt ?? open.openedAt) + window
  }

  #suspect(open: DeathCase, entry: Entry): void {
    const { clock, options, table } = this.#parts
    open.suspected = true
    open.redialAt = clock.now + options.secondRefusalMs
    const why = suspicionOfOne(table.self.name, this.#survivors(open), options)
    this.#parts.suspect(entry, open.brokeLived, why)
  }
}
