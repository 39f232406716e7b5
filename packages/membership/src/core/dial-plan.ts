// Whom to dial, and when: a pure table of addresses with their history. It is told what is wanted and what became
// of each dial, and answers with the dials that are due and the time of the next one.
import type { Address, Millis } from './identity.ts'
import type { DialFailure } from './input.ts'
import type { ProtocolOptions } from './options.ts'
import { type Random, randomBetween } from './random.ts'

/** Why an address is wanted, most wanted first. */
export type WantKind =
  /** A member or a newcomer without a link; we are the side that dials first. */
  | 'ours'
  /** The same, but the other side dials first and we only after a grace time. */
  | 'theirs'
  /** Listed by the seeds, and not known to be anyone we are linked to. */
  | 'seed'
  /** A failed member that is not yet forgotten. */
  | 'failed'

export interface Want {
  readonly kind: WantKind
  readonly address: Address
  /** Whom we expect there. */
  readonly name: string | undefined
  /** It belongs to a member that is present; redials of all others are limited in rate. */
  readonly isMember: boolean
}

/** What came of the last dial to an address. */
export type DialResult = DialFailure | 'silent' | 'wrong-cluster' | 'wrong-version' | 'nonsense' | 'closed'

/** How long after one first dial of a seed the next may start, while nobody is linked: as in RFC 8305, but local. */
const SEED_STAGGER_MS = 5
/** The same once somebody is linked: gossip will soon tell who most of the others are. */
const LINKED_SEED_STAGGER_MS = 50

/** connecting: no answer to the SYN yet. waiting: connected, no hello yet; that may take as long as it likes. */
export type DialState = 'none' | 'connecting' | 'waiting'

interface Target {
  /** Why it is wanted; undefined for a dial nobody planned. */
  readonly kind: WantKind | undefined
  attempts: number
  nextAt: Millis
  dial: DialState
  result: DialResult | undefined
}

export class DialPlan {
  readonly #targets = new Map<Address, Target>()
  readonly #options: ProtocolOptions
  readonly #random: Random
  readonly #wants = new Map<Address, Want>()
  /** Addresses that are not wanted, and whose history is kept for a while. */
  readonly #unwanted = new Set<Address>()
  /** Addresses whose number of attempts has changed. */
  readonly #tried = new Set<Address>()
  #connecting = 0
  #nextSeedAt: Millis = 0
  #redialTokens: number
  #tokensAt: Millis = 0
  #nextAt: Millis | undefined
  /** The address that `#nextAt` is about. */
  #next: Address | undefined
  #isNextStale = true

  constructor(options: ProtocolOptions, random: Random) {
    this.#options = options
    this.#random = random
    this.#redialTokens = options.redialsPerSecond
  }

  /**
   * Takes in what is wanted at some addresses now, or that nothing is any more; the history of an address no longer
   * wanted is dropped. `linked`: whether anybody is linked.
   */
  change(changes: ReadonlyMap<Address, Want | undefined>, linked: boolean, now: Millis): void {
    const wanted: Want[] = []
    for (const [address, want] of changes) {
      if (want !== undefined) wanted.push(want)
      else this.#unwant(address)
    }
    for (const want of wanted.sort(byRank)) this.#want(want, linked, now)
    for (const address of this.#unwanted) this.#forget(address, now)
    for (const address of changes.keys()) this.#moved(address)
  }

  /** Most wanted first. */
  get wants(): readonly Want[] {
    return [...this.#wants.values()].sort(byRank)
  }

  /** Addresses that were tried in vain since this was last asked for. */
  takeTried(): Address[] {
    if (this.#tried.size === 0) return []
    const tried = [...this.#tried]
    this.#tried.clear()
    return tried
  }

  /** How often an address has been dialed in vain since it last answered. */
  attempts(address: Address): number {
    return this.#targets.get(address)?.attempts ?? 0
  }

  /** The last thing that happened there; undefined before the first dial ended. */
  result(address: Address): DialResult | undefined {
    return this.#targets.get(address)?.result
  }

  /** Whether an address is wanted at all. */
  isWanted(address: Address): boolean {
    return this.#wants.has(address)
  }

  /** How far a dial to the address is. */
  dialState(address: Address): DialState {
    return this.#targets.get(address)?.dial ?? 'none'
  }

  /** Somebody is linked for the first time: give gossip a moment before more seeds are dialed blindly. */
  pauseSeeds(now: Millis): void {
    this.#isNextStale = true
    this.#nextSeedAt = Math.max(this.#nextSeedAt, now + this.#options.dialGraceMs)
  }

  /** The dials to start now. `linked`: whether anybody is linked. */
  due(now: Millis, linked: boolean): Want[] {
    const { nextAt } = this
    if (nextAt === undefined || nextAt > now) return []
    const ready: { readonly want: Want; readonly target: Target }[] = []
    for (const want of this.#wants.values()) {
      const target = this.#targets.get(want.address)
      if (target !== undefined && target.dial === 'none' && this.#dueAt(want, target) <= now) {
        ready.push({ want, target })
      }
    }
    ready.sort((one, other) => byRank(one.want, other.want))
    // What has waited longest goes first, or dead addresses would use up the redials of all others.
    const redials = ready.filter(({ want, target }) => isRedial(want, target))
    redials.sort((one, other) => one.target.nextAt - other.target.nextAt)
    const due: Want[] = []
    for (const { want, target } of [...ready.filter((each) => !redials.includes(each)), ...redials]) {
      if (this.#connecting >= this.#options.maxDials) break
      if (this.#dueAt(want, target) > now) continue
      if (isRedial(want, target) && !this.#takeToken(now)) break
      if (want.kind === 'seed' && target.attempts === 0) {
        this.#nextSeedAt = now + (linked ? LINKED_SEED_STAGGER_MS : SEED_STAGGER_MS)
        this.#isNextStale = true
      }
      this.started(want.address, now)
      due.push(want)
    }
    return due
  }

  /** When due() may have something new; undefined for never. Worked out again only after something changed. */
  get nextAt(): Millis | undefined {
    if (this.#isNextStale) {
      this.#isNextStale = false
      this.#nextAt = this.#earliest()
    }
    return this.#nextAt
  }

  #earliest(): Millis | undefined {
    this.#next = undefined
    if (this.#connecting >= this.#options.maxDials) return undefined
    let next: Millis | undefined
    for (const want of this.#wants.values()) {
      const at = this.#readyAt(want)
      if (at === undefined || (next !== undefined && at >= next)) continue
      next = at
      this.#next = want.address
    }
    return next
  }

  /** When a want may be dialed; undefined while it is being dialed. */
  #readyAt(want: Want): Millis | undefined {
    const target = this.#targets.get(want.address)
    if (target === undefined || target.dial !== 'none') return undefined
    const at = this.#dueAt(want, target)
    return isRedial(want, target) ? Math.max(at, this.#tokenAt()) : at
  }

  /** Something about an address has changed: `nextAt` has to be worked out anew only where it was about that one. */
  #moved(address: Address): void {
    if (this.#isNextStale || this.#connecting >= this.#options.maxDials) return
    const want = this.#wants.get(address)
    const at = want && this.#readyAt(want)
    if (address === this.#next) this.#isNextStale = true
    else if (at !== undefined && (this.#nextAt === undefined || at < this.#nextAt)) {
      this.#nextAt = at
      this.#next = address
    }
  }

  /** A dial has started, by this plan or by the death watch. */
  started(address: Address, now: Millis): void {
    const target = this.#target(address, now)
    if (target.dial !== 'connecting') this.#setConnecting(this.#connecting + 1)
    target.dial = 'connecting'
    this.#moved(address)
  }

  /** The TCP connection stands; the dial no longer counts against `maxDials`. */
  connected(address: Address, now: Millis): void {
    const target = this.#target(address, now)
    this.#ended(target)
    target.dial = 'waiting'
    this.#moved(address)
  }

  /** A dial ended without a link, or the link it gave ended almost at once. */
  failed(address: Address, result: DialResult, now: Millis): void {
    const target = this.#target(address, now)
    this.#ended(target)
    this.#tried.add(address)
    if (target.attempts === 0 && this.#nextSeedAt > now) {
      this.#nextSeedAt = now
      this.#isNextStale = true
    }
    target.attempts++
    target.result = result
    target.nextAt = now + this.#backoffMs(target.attempts, result)
    this.#moved(address)
  }

  /** A dial reached a member. */
  succeeded(address: Address, now: Millis): void {
    const target = this.#target(address, now)
    this.#ended(target)
    target.result = undefined
    target.nextAt = now
    // Whoever is behind it is linked; whether it is wanted for anything else is looked at.
    this.#unwant(address)
    this.#tried.add(address)
    this.#moved(address)
  }

  /** The link that a dial gave lasted, and has ended: the address has proved itself. */
  lasted(address: Address): void {
    if (this.dialState(address) !== 'none') return
    this.#targets.delete(address)
    this.#tried.add(address)
    this.#moved(address)
  }

  /** What stood against us has changed: every address may be dialed again at once. */
  forgive(now: Millis): void {
    this.#isNextStale = true
    for (const target of this.#targets.values()) target.nextAt = Math.min(target.nextAt, now)
  }

  #want(want: Want, linked: boolean, now: Millis): void {
    this.#unwanted.delete(want.address)
    if (this.#startsAnew(want)) this.#targets.set(want.address, this.#newTarget(want, linked, now))
    // One that is wanted for another reason now goes to the end of its new kind.
    if (this.#wants.get(want.address)?.name !== want.name) this.#wants.delete(want.address)
    this.#wants.set(want.address, want)
  }

  #unwant(address: Address): void {
    if (this.#wants.delete(address)) this.#unwanted.add(address)
  }

  /** A link that has just come up may end at once: until it has lasted, its address keeps its history. */
  #forget(address: Address, now: Millis): void {
    const target = this.#targets.get(address)
    if (target?.dial === 'connecting' || target?.dial === 'waiting') return
    if (target !== undefined && target.attempts > 0 && now <= target.nextAt + this.#options.maxRedialMs)
      return
    this.#targets.delete(address)
    this.#unwanted.delete(address)
  }

  /** A new address, or one wanted for another reason now whose history says nothing about that. */
  #startsAnew(want: Want): boolean {
    const target = this.#targets.get(want.address)
    if (target === undefined) return true
    return (
      target.dial === 'none' &&
      target.kind !== want.kind &&
      (target.attempts === 0 || target.kind === 'failed')
    )
  }

  #newTarget(want: Want, linked: boolean, now: Millis): Target {
    const grace = this.#options.dialGraceMs * randomBetween(this.#random, 1, 1.5)
    // Who appears in the seeds when we are linked already will most likely dial us.
    const waits = want.kind === 'theirs' || (want.kind === 'seed' && linked)
    const waitMs = waits ? grace : want.kind === 'failed' ? this.#backoffMs(1, 'refused') : 0
    const nextAt = now + waitMs
    return { kind: want.kind, attempts: 0, nextAt, dial: 'none', result: undefined }
  }

  #target(address: Address, now: Millis): Target {
    let target = this.#targets.get(address)
    if (target === undefined) {
      target = { kind: undefined, attempts: 0, nextAt: now, dial: 'none', result: undefined }
      this.#targets.set(address, target)
      if (!this.#wants.has(address)) this.#unwanted.add(address)
    }
    return target
  }

  #ended(target: Target): void {
    if (target.dial === 'connecting') this.#setConnecting(this.#connecting - 1)
    target.dial = 'none'
  }

  #setConnecting(connecting: number): void {
    const { maxDials } = this.#options
    if (connecting >= maxDials !== this.#connecting >= maxDials) this.#isNextStale = true
    this.#connecting = connecting
  }

  #dueAt(want: Want, target: Target): Millis {
    return want.kind === 'seed' && target.attempts === 0
      ? Math.max(target.nextAt, this.#nextSeedAt)
      : target.nextAt
  }

  #backoffMs(attempts: number, result: DialResult): Millis {
    const { minRedialMs, maxRedialMs, foreignRedialMs } = this.#options
    const foreign = result === 'wrong-cluster' || result === 'wrong-version' || result === 'nonsense'
    const ceiling = foreign
      ? foreignRedialMs
      : Math.min(maxRedialMs, minRedialMs * 2 ** Math.min(attempts, 10))
    return randomBetween(this.#random, Math.max(minRedialMs, ceiling / 2), ceiling)
  }

  #takeToken(now: Millis): boolean {
    this.#isNextStale = true
    const rate = this.#options.redialsPerSecond
    this.#redialTokens = Math.min(rate, this.#redialTokens + ((now - this.#tokensAt) * rate) / 1000)
    this.#tokensAt = now
    if (this.#redialTokens < 1 - 1e-6) return false
    this.#redialTokens--
    return true
  }

  #tokenAt(): Millis {
    if (this.#redialTokens >= 1) return this.#tokensAt
    return this.#tokensAt + ((1 - this.#redialTokens) * 1000) / this.#options.redialsPerSecond
  }
}

/** Members come before those who are only heard of, then whoever is listed, then the failed. */
function byRank(a: Want, b: Want): number {
  return rank(a) - rank(b)
}

function rank({ kind, isMember }: Want): number {
  if (isMember) return 0
  return kind === 'failed' ? 3 : kind === 'seed' ? 2 : 1
}

/** Dials of addresses that failed before and belong to no live member are limited in rate. */
function isRedial(want: Want, target: Target): boolean {
  return !want.isMember && target.attempts > 0
}
