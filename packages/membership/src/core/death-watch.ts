// The fast evidence: a link broke without a goodbye. Observers redial at once; when every address that used to work
// turns them away they vote `gone`, and enough votes without a veto are a verdict. A refused dial cannot be the
// fault of a slow observer, so nothing here waits on lived time.
import type { Cause, Limit } from './certificate.ts'
import {
  type DeathCase,
  NO_ANSWER_MS,
  noteResult,
  openCase,
  redialGraceMs,
  type Vote,
  verdictOfDials,
} from './death-case.ts'
import { type EvidenceFiles, fewNames } from './evidence.ts'
import { hash32 } from './hash.ts'
import { type Address, type Life, type Millis, sameLife } from './identity.ts'
import type { DialFailure } from './input.ts'
import { LinkLosses } from './link-losses.ts'
import type { LinkTable } from './link-table.ts'
import type { LivedClock } from './lived-clock.ts'
import { type Entry, isPresent, type MemberTable } from './member-table.ts'
import type { ProtocolOptions } from './options.ts'
import { type Random, randomBetween } from './random.ts'

export interface DeathWatchParts {
  readonly clock: LivedClock
  readonly table: MemberTable
  readonly links: LinkTable
  readonly options: ProtocolOptions
  readonly random: Random
  readonly evidence: EvidenceFiles
  /** Dials an address; `connected` when a dial there already has its connection. */
  readonly redial: (address: Address, name: string) => 'pending' | 'connected'
  /** Whether an address of this life is known to have worked. */
  readonly hasWorked: (life: Life) => boolean
  readonly sendVote: (life: Life, how: Vote) => void
  readonly sendVeto: (life: Life) => void
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
  readonly #losses = new LinkLosses()
  /** When links to each instance broke last; kept for the longest pause between redials. */
  readonly #brokeAt = new Map<string, Millis>()

  constructor(parts: DeathWatchParts) {
    this.#parts = parts
  }

  /** Our link to a present member broke without a close frame, and no other link to it is up. */
  linkBroke(entry: Entry): void {
    const { clock, options, random } = this.#parts
    this.#losses.add(clock.now)
    const opened = this.#open(entry)
    opened.brokeAt = clock.now
    opened.brokeLived = clock.lived
    opened.holdsRedials = true
    const first = this.#isFirstRedialer(entry) || this.#lostMajority()
    const graceMs = first
      ? 0
      : redialGraceMs(options, this.#parts.table.presentCount) * randomBetween(random, 1, 2)
    opened.redialAt = clock.now + Math.max(graceMs, this.#pauseMs(entry))
    this.#advance(opened)
  }

  /** Another observer votes. */
  voted(life: Life, voter: string, how: Vote): void {
    const entry = this.#parts.table.get(life.name)
    if (entry === undefined || !sameLife(entry, life)) return
    // Whoever votes now has missed votes: those who most likely cast them tell how it ended.
    if (entry.state === 'failed' && this.#isFirstRedialer(life)) this.#parts.answer(voter, entry)
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

  /** Observers of one death that redial first: few, and not the same few for every death. */
  isFirstRank(observer: string, life: Life): boolean {
    const rank = (name: string) => hash32(`${name}\0${life.instance}`)
    const own = rank(observer)
    let placesLeft = this.#parts.options.firstRedialers
    for (const other of this.#parts.table.others()) {
      if (placesLeft === 0) return false
      if (other.name !== life.name && rank(other.name) < own) placesLeft--
    }
    return placesLeft > 0
  }

  /** A member whose links break again and again is redialed at the ordinary pace. */
  #pauseMs({ instance }: Life): Millis {
    const { clock, options, random } = this.#parts
    for (const [known, at] of this.#brokeAt)
      if (clock.now - at > options.maxRedialMs) this.#brokeAt.delete(known)
    const isRepeated = this.#brokeAt.has(instance)
    this.#brokeAt.set(instance, clock.now)
    return isRepeated ? randomBetween(random, options.minRedialMs, 2 * options.minRedialMs) : 0
  }

  #isFirstRedialer(life: Life): boolean {
    return this.isFirstRank(this.#parts.table.self.name, life)
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

  #lostMajority(): boolean {
    return this.#losses.areMost(this.#parts.links.currentCount, this.#parts.clock.now)
  }

  #dueTimes(open: DeathCase): Millis[] {
    const { options } = this.#parts
    const due: Millis[] = []
    if (open.redialAt !== undefined) due.push(open.redialAt)
    if (open.holdsRedials) due.push(this.#releaseAt(open))
    if (open.dialedAt !== undefined && [...open.results.values()].includes('pending')) {
      due.push(open.dialedAt + NO_ANSWER_MS)
    }
    if (open.enoughAt !== undefined) due.push(open.enoughAt + options.addressGoneMs)
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
    for (const address of entry.record.addresses) {
      open.results.set(address, this.#parts.redial(address, entry.name))
    }
  }

  /** Votes once per round of dials, when every address has turned us away. */
  #vote(open: DeathCase): void {
    const how = verdictOfDials(open, this.#parts.clock.now)
    if (how === undefined || !this.#parts.hasWorked(open.life)) return
    const alone = this.#survivors(open) === 1
    if (!alone && this.#lostMajority()) return
    open.dialedAt = undefined
    if (how === 'refused') open.refusals++
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

  /** Counts the votes; returns whether the verdict fell. */
  #decide(open: DeathCase, entry: Entry): boolean {
    const { clock, options, table } = this.#parts
    const survivors = this.#survivors(open)
    const voters = [...open.votes].filter(([name]) => name === table.self.name || isVoter(table.get(name)))
    const refused = voters.filter(([, how]) => how === 'refused').map(([name]) => name)
    const needed = Math.min(options.quorumOfObservers, survivors)
    // With two members there is only one observer: it must see a second refusal.
    const enough = survivors > 1 ? refused.length >= needed : open.refusals > 1
    const second = open.refusals > 1 && this.#parts.links.currentCount > 0
    if (enough || second) {
      this.#cases.delete(open.life.name)
      // Votes go to everybody, who count them for themselves; what we alone saw must be told.
      const limit = survivors > 1 && enough ? {} : { limit: limitOf(options, 'secondRefusalMs') }
      const votes = fewNames(refused)
      this.#parts.fail(entry, { type: 'connection-refused', votes, needed, ...limit }, !enough)
      return true
    }
    if (survivors < 2 || voters.length < needed) return false
    open.enoughAt ??= clock.now
    if (clock.now < open.enoughAt + options.addressGoneMs) return false
    this.#cases.delete(open.life.name)
    const votes = fewNames(voters.map(([name]) => name))
    const limit = limitOf(options, 'addressGoneMs')
    this.#parts.fail(entry, { type: 'address-gone', votes, needed, limit }, false)
    return true
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
    const survivors = this.#survivors(open)
    const needed = Math.min(options.quorumOfObservers, survivors)
    const limit = survivors === 1 ? {} : { limit: limitOf(options, 'voteWindowMs') }
    const votes = [table.self.name]
    this.#parts.suspect(entry, open.brokeLived, { type: 'connection-refused', votes, needed, ...limit })
  }
}

function limitOf(options: ProtocolOptions, option: Limit['option']): Limit {
  return { option, ms: options[option] }
}

function isVoter(entry: Entry | undefined): boolean {
  return entry !== undefined && isPresent(entry)
}
