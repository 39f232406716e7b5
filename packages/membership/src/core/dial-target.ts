// What has become of the dials to one address, and when the next may start.

import { backoffMs, type DialResult } from './dial-pace.ts'
import type { Millis } from './identity.ts'
import type { ProtocolOptions } from './options.ts'
import { type Random, randomBetween } from './random.ts'
import type { Want, WantKind } from './want.ts'

/** connecting: no answer to the SYN yet. waiting: connected, no hello yet; that may take as long as it likes. */
export type DialState = 'none' | 'connecting' | 'waiting'

export interface DialTarget {
  /** Why it is wanted; undefined for a dial nobody planned. */
  readonly kind: WantKind | undefined
  /** Dials in vain since it last answered. */
  attempts: number
  nextAt: Millis
  dial: DialState
  result: DialResult | undefined
  /** What the dial under way came out of. */
  budget: 'redials' | 'hearsay' | undefined
}

/** An address that may be dialed from a time on. */
export function newTarget(kind: WantKind | undefined, nextAt: Millis): DialTarget {
  return { kind, attempts: 0, nextAt, dial: 'none', result: undefined, budget: undefined }
}

/** How long an address that is wanted anew waits for its first dial. */
export function firstWaitMs(
  kind: WantKind,
  linked: boolean,
  options: ProtocolOptions,
  random: Random,
): Millis {
  const graceMs = options.dialGraceMs * randomBetween(random, 1, 1.5)
  // Who appears in the seeds when we are linked already will most likely dial us.
  if (kind === 'theirs' || (kind === 'seed' && linked)) return graceMs
  return kind === 'failed' ? backoffMs(options, random, 1, 'refused') : 0
}

/** A new address, or one wanted for another reason now whose history says nothing about that. */
export function startsAnew(target: DialTarget | undefined, want: Want): boolean {
  if (target === undefined) return true
  const isTold = target.attempts > 0 && target.kind !== 'failed'
  return target.dial === 'none' && target.kind !== want.kind && !isTold
}

/** Which budget a dial comes out of: none, that of redials, or that of addresses known by hearsay only. */
export function budgetFor(
  { kind, isMember, isListed }: Want,
  { attempts }: DialTarget,
): DialTarget['budget'] {
  if (isMember) return undefined
  if (attempts > 0 || kind === 'failed') return 'redials'
  return isListed ? undefined : 'hearsay'
}
