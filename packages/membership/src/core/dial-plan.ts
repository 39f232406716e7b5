// Whom to dial, and when: a pure table of addresses with their history. It is told what is wanted and what became
// of each dial, and answers with the dials that are due and the time of the next one.

import { backoffMs, DialBudget, type DialResult, SeedPace } from './dial-pace.ts'
import {
  budgetFor,
  type DialState,
  type DialTarget,
  firstWaitMs,
  newTarget,
  startsAnew,
} from './dial-target.ts'
import { Earliest, type TimeOf } from './earliest.ts'
import type { Address, Millis } from './identity.ts'
import type { ProtocolOptions } from './options.ts'
import type { Random } from './random.ts'
import { byRank, type Want } from './want.ts'

interface Ready {
  readonly want: Want
  readonly target: DialTarget
}

export class DialPlan {
  readonly #targets = new Map<Address, DialTarget>()
  readonly #options: ProtocolOptions
  readonly #random: Random
  readonly #wants = new Map<Address, Want>()
  /** Addresses that are not wanted, and whose history is kept for a while. */
  readonly #unwanted = new Set<Address>()
  /** Addresses whose number of attempts has changed. */
  readonly #tried = new Set<Address>()
  readonly #budgets: Readonly<Record<'redials' | 'hearsay', DialBudget>>
  readonly #seeds = new SeedPace()
  readonly #next = new Earliest<Address>(() => this.#searchNext())
  #connecting = 0
  /** `maxDials` are under way, or were a moment ago: no more until a quarter of them has ended. */
  #isFull = false

  constructor(options: ProtocolOptions, random: Random) {
    this.#options = options
    this.#random = random
    const { redialsPerSecond, maxDials } = options
    this.#budgets = {
      redials: new DialBudget(redialsPerSecond, redialsPerSecond),
      // Dials that reach a member are given back, so that it holds nobody up but who names addresses in vain.
      hearsay: new DialBudget(redialsPerSecond, maxDials / 2),
    }
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

  /** Who is expected at an address, if anybody is. */
  wantedAt(address: Address): string | undefined {
    return this.#wants.get(address)?.name
  }

  /** How far a dial to the address is. */
  dialState(address: Address): DialState {
    return this.#targets.get(address)?.dial ?? 'none'
  }

  /** Somebody is linked for the first time: give gossip a moment before more seeds are dialed blindly. */
  pauseSeeds(now: Millis): void {
    this.#next.changedAll()
    this.#seeds.pause(now + this.#options.dialGraceMs)
  }

  /** The dials to start now. `linked`: whether anybody is linked. */
  due(now: Millis, linked: boolean): Want[] {
    const { nextAt } = this
    if (nextAt === undefined || nextAt > now) return []
    const ready: Ready[] = []
    for (const want of this.#wants.values()) {
      const target = this.#targets.get(want.address)
      if (target !== undefined && target.dial === 'none' && this.#dueAt(want, target) <= now) {
        ready.push({ want, target })
      }
    }
    ready.sort((one, other) => byRank(one.want, other.want))
    // What has waited longest goes first, or dead addresses would use up the dials of all others.
    const isRationed = ({ want, target }: Ready) => budgetFor(want, target) !== undefined
    const rationed = ready.filter(isRationed)
    rationed.sort((one, other) => one.target.nextAt - other.target.nextAt)
    const due: Want[] = []
    for (const { want, target } of [...ready.filter((each) => !isRationed(each)), ...rationed]) {
      if (this.#isFull) break
      if (this.#dueAt(want, target) > now || !this.#takeDial(want, target, now)) continue
      if (want.kind === 'seed' && target.attempts === 0) {
        this.#seeds.started(linked, now)
        this.#next.changedAll()
      }
      this.started(want.address, now)
      due.push(want)
    }
    return due
  }

  /** When due() may have something new; undefined for never. */
  get nextAt(): Millis | undefined {
    return this.#next.at
  }

  #searchNext(): TimeOf<Address> | undefined {
    if (this.#isFull) return undefined
    let next: TimeOf<Address> | undefined
    for (const want of this.#wants.values()) {
      const at = this.#readyAt(want)
      if (at !== undefined && (next === undefined || at < next.at)) next = { key: want.address, at }
    }
    return next
  }

  /** When a want may be dialed; undefined while it is being dialed. */
  #readyAt(want: Want): Millis | undefined {
    const target = this.#targets.get(want.address)
    if (target === undefined || target.dial !== 'none') return undefined
    const at = this.#dueAt(want, target)
    const budget = budgetFor(want, target)
    return budget === undefined ? at : Math.max(at, this.#budgets[budget].nextAt)
  }

  /** Something about an address has changed. */
  #moved(address: Address): void {
    if (this.#isFull) return
    const want = this.#wants.get(address)
    this.#next.changed(address, want && this.#readyAt(want))
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
    target.result = undefined
    this.#moved(address)
  }

  /** A dial ended without a link, or the link it gave ended almost at once. */
  failed(address: Address, result: DialResult, now: Millis): void {
    const target = this.#target(address, now)
    this.#ended(target)
    target.budget = undefined
    this.#tried.add(address)
    if (target.attempts === 0 && this.#seeds.nextAt > now) {
      this.#seeds.ended(now)
      this.#next.changedAll()
    }
    target.attempts++
    target.result = result
    target.nextAt = now + backoffMs(this.#options, this.#random, target.attempts, result)
    this.#moved(address)
  }

  /** A dial reached a member. */
  succeeded(address: Address, now: Millis): void {
    const target = this.#target(address, now)
    this.#ended(target)
    if (target.budget === 'hearsay') this.#budgets.hearsay.refund()
    target.budget = undefined
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
    this.#next.changedAll()
    for (const target of this.#targets.values()) target.nextAt = Math.min(target.nextAt, now)
  }

  #want(want: Want, linked: boolean, now: Millis): void {
    this.#unwanted.delete(want.address)
    if (startsAnew(this.#targets.get(want.address), want)) {
      const waitMs = firstWaitMs(want.kind, linked, this.#options, this.#random)
      this.#targets.set(want.address, newTarget(want.kind, now + waitMs))
    }
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

  #target(address: Address, now: Millis): DialTarget {
    let target = this.#targets.get(address)
    if (target === undefined) {
      target = newTarget(undefined, now)
      this.#targets.set(address, target)
      if (!this.#wants.has(address)) this.#unwanted.add(address)
    }
    return target
  }

  #ended(target: DialTarget): void {
    if (target.dial === 'connecting') this.#setConnecting(this.#connecting - 1)
    target.dial = 'none'
  }

  #setConnecting(connecting: number): void {
    this.#connecting = connecting
    const { maxDials } = this.#options
    const isFull = connecting >= (this.#isFull ? (maxDials * 3) / 4 : maxDials)
    if (isFull !== this.#isFull) this.#next.changedAll()
    this.#isFull = isFull
  }

  #takeDial(want: Want, target: DialTarget, now: Millis): boolean {
    target.budget = budgetFor(want, target)
    if (target.budget === undefined) return true
    this.#next.changedAll()
    return this.#budgets[target.budget].take(now)
  }

  #dueAt(want: Want, target: DialTarget): Millis {
    return want.kind === 'seed' && target.attempts === 0
      ? Math.max(target.nextAt, this.#seeds.nextAt)
      : target.nextAt
  }
}
