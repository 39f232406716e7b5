// What is known about one member whose link broke: the redials, and who voted it gone.
import type { Address, Life, Millis } from './identity.ts'
import type { DialFailure } from './input.ts'
import type { Gone } from './message.ts'

/** A SYN without any answer for this long counts as "no answer" in a vote. */
export const NO_ANSWER_MS = 100
/** A dying process may still accept a dial and reset it: it is dialed again after this, so many times. */
const RETRY_MS = 30
const MAX_RETRIES = 4

export type Vote = Gone['how']

export interface DeathCase {
  readonly life: Life
  readonly votes: Map<string, Vote>
  readonly openedAt: Millis
  /** When we lost our own link; undefined when we only heard votes. */
  brokeAt: Millis | undefined
  /** The same in lived time, or when we heard the first vote. */
  brokeLived: Millis
  /** When to redial; undefined when that is done or not ours to do. */
  redialAt: Millis | undefined
  dialedAt: Millis | undefined
  readonly results: Map<Address, DialFailure | 'pending' | 'connected'>
  /** Redials left for connections that were accepted and then reset. */
  retries: number
  /** How often all addresses turned us away. */
  refusals: number
  /** When, in lived time, enough votes of any kind had come. */
  enoughLived: Millis | undefined
  suspected: boolean
  /** Its redials are made by the death watch, not by the ordinary plan. */
  holdsRedials: boolean
}

export function openCase({ name, generation, instance }: Life, now: Millis, lived: Millis): DeathCase {
  return {
    life: { name, generation, instance },
    votes: new Map(),
    openedAt: now,
    brokeAt: undefined,
    brokeLived: lived,
    redialAt: undefined,
    dialedAt: undefined,
    results: new Map(),
    retries: MAX_RETRIES,
    refusals: 0,
    enoughLived: undefined,
    suspected: false,
    holdsRedials: false,
  }
}

/** Notes what came of a dial to one of its addresses. */
export function noteResult(
  open: DeathCase,
  address: Address,
  result: DialFailure | 'connected',
  now: Millis,
): void {
  open.results.set(address, result)
  if (result !== 'other' || open.retries === 0 || open.redialAt !== undefined) return
  open.retries--
  open.redialAt = now + RETRY_MS
}

/** What the dials say, once every address has turned us away; undefined before that, or when one has not. */
export function verdictOfDials(open: DeathCase, now: Millis): Vote | undefined {
  if (open.dialedAt === undefined || open.results.size === 0) return undefined
  const unanswered = now - open.dialedAt >= NO_ANSWER_MS
  let how: Vote = 'refused'
  for (const result of open.results.values()) {
    if (result === 'refused') continue
    const isGone = result === 'unreachable' || result === 'timeout' || (result === 'pending' && unanswered)
    if (!isGone) return undefined
    how = 'unreachable'
  }
  return how
}
