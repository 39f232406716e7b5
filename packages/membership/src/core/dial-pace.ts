// How soon addresses are dialed: seeds one after another; what did not answer after longer and longer waits; and what
// belongs to no live member within budgets, so that dead addresses are tried for ever and cost little.
import type { Millis } from './identity.ts'
import type { DialFailure } from './input.ts'
import type { ProtocolOptions } from './options.ts'
import { type Random, randomBetween } from './random.ts'

/** What came of the last dial to an address; `self`: it led back to us, as one that many share may do. */
export type DialResult =
  | DialFailure
  | 'silent'
  | 'wrong-cluster'
  | 'wrong-version'
  | 'nonsense'
  | 'closed'
  | 'self'
  | 'full'
  | 'unverified'
  | 'identity-refused'

/** Nobody to meet there, most likely for good. Whoever refuses our key may only be a step behind in replacing keys. */
const FOREIGN: ReadonlySet<DialResult> = new Set([
  'wrong-cluster',
  'wrong-version',
  'nonsense',
  'self',
  'full',
  'not-secured',
])

type PaceOptions = Pick<ProtocolOptions, 'minRedialMs' | 'maxRedialMs' | 'foreignRedialMs'>

/** How long to wait after so many attempts in vain, of which the last had this result. */
export function backoffMs(
  { minRedialMs, maxRedialMs, foreignRedialMs }: PaceOptions,
  random: Random,
  attempts: number,
  result: DialResult,
): Millis {
  const ceiling = FOREIGN.has(result)
    ? foreignRedialMs
    : Math.min(maxRedialMs, minRedialMs * 2 ** Math.min(attempts, 10))
  return randomBetween(random, Math.max(minRedialMs, ceiling / 2), ceiling)
}

/** Dials that many addresses have together: so many a second, and a number at once. */
export class DialBudget {
  readonly #perSecond: number
  readonly #most: number
  #left: number
  #countedAt: Millis = 0

  constructor(perSecond: number, most: number) {
    this.#perSecond = perSecond
    this.#most = most
    this.#left = most
  }

  /** When take() succeeds. */
  get nextAt(): Millis {
    if (this.#left >= 1) return this.#countedAt
    return this.#countedAt + ((1 - this.#left) * 1000) / this.#perSecond
  }

  /** Takes one dial out of it; false when there is none left. */
  take(now: Millis): boolean {
    const earned = ((now - this.#countedAt) * this.#perSecond) / 1000
    this.#left = Math.min(this.#most, this.#left + earned)
    this.#countedAt = now
    if (this.#left < 1 - 1e-6) return false
    this.#left--
    return true
  }

  /** Gives back one that was well spent. */
  refund(): void {
    this.#left = Math.min(this.#most, this.#left + 1)
  }
}

/** How long after one first dial of a seed the next may start, while nobody is linked: as in RFC 8305, but local. */
const SEED_STAGGER_MS = 5
/** The same once somebody is linked: gossip will soon tell who most of the others are. */
const LINKED_SEED_STAGGER_MS = 50

/** First dials of seeds: one after another. */
export class SeedPace {
  #nextAt: Millis = 0

  /** When the next may start. */
  get nextAt(): Millis {
    return this.#nextAt
  }

  /** One has started. `linked`: whether anybody is linked. */
  started(linked: boolean, now: Millis): void {
    this.#nextAt = now + (linked ? LINKED_SEED_STAGGER_MS : SEED_STAGGER_MS)
  }

  /** None before this time. */
  pause(until: Millis): void {
    this.#nextAt = Math.max(this.#nextAt, until)
  }

  /** One came to nothing: the next may start at once. */
  ended(now: Millis): void {
    this.#nextAt = Math.min(this.#nextAt, now)
  }
}
