// The protocol as a deterministic state machine: one input with its time goes in, outputs come out, and `wakeAt`
// says when it wants to be woken. No I/O, no timers, no clock, no randomness of its own.
import type { Address, Life, Millis } from './identity.ts'
import type { DialFailure, Input } from './input.ts'
import type { CoreOptions } from './options.ts'
import type { Output } from './output.ts'
import type { CoreView } from './view.ts'

/** One open link to a member, for people who look. */
export interface LinkInfo {
  readonly peer: Life
  readonly address: Address | undefined
  readonly dialedByUs: boolean
  readonly openedAt: Millis
  /** Smoothed round-trip time in ms; undefined until the first ack. */
  readonly rttMs: number | undefined
}

/** An address that is listed or known, but not reached. */
export interface UnreachedAddress {
  readonly address: Address
  /** Whom we expect there, when known. */
  readonly name: string | undefined
  /** The last thing that happened; `pending` while the first dial is under way, `silent` when it connected but never said hello. */
  readonly why: DialFailure | 'pending' | 'silent' | 'wrong-cluster' | 'wrong-version' | 'closed'
}

/** One member's protocol. Same options, same inputs and times: same outputs. */
export interface MembershipCore {
  /** Takes one input; all outputs must be performed before the next input. */
  handle(input: Input, now: Millis): Output[]
  /** When the core wants a `wake` input, or undefined for never. Read again after each handle(). */
  readonly wakeAt: Millis | undefined
  /** The same object until something visible changes. */
  readonly view: CoreView
  /** Nobody is heard although others are known or listed. */
  readonly isolated: boolean
  /** Alone, isolated, or listed addresses are unreached: seeds should be looked up often. */
  readonly urgent: boolean
  links(): LinkInfo[]
  unreached(): UnreachedAddress[]
  /** Totals since the start, by name: frames ignored, links refused by code, dials … */
  readonly counters: Readonly<Record<string, number>>
}

export declare function createCore(options: CoreOptions, now: Millis): MembershipCore
