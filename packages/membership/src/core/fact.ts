// Which claim about a member wins. The whole order of precedence is here: (generation, instance), then
// incarnation, then state. Merging is taking the maximum, so order and repetition of news do not matter.
import type { Ground } from './certificate.ts'
import { type Address, compareLives, type Life } from './identity.ts'

/** How a member stands: `left` was announced by itself, `failed` was concluded by others. */
export type MemberState = 'alive' | 'suspect' | 'failed' | 'left'

const stateRank: Record<MemberState, number> = { alive: 0, suspect: 1, failed: 2, left: 3 }

/** What a member says of itself at one incarnation; only its owner writes it. */
export interface MemberRecord {
  /** Where it listens now, best first. */
  readonly addresses: readonly Address[]
  /** Announced that it is about to leave. */
  readonly leaving: boolean
  /** Encoded application metadata; opaque here. */
  readonly metadata: Uint8Array
}

/** One claim about one life of a member, as held in a table and as sent in an update. */
export interface Fact extends Life {
  /** Raised only by the member itself: to refute, to change its record, to leave. */
  readonly incarnation: number
  readonly state: MemberState
  /**
   * How long ago, in ms, the state came about: for `suspect` the age of the earliest unanswered probe, for
   * `failed` and `left` the time since the verdict. 0 for `alive`.
   */
  readonly ageMs: number
  /** For `suspect`: the member whose own unanswered probe this is. For `failed`: who reached the verdict. */
  readonly by?: string
  /** For `failed`: what the verdict rests on. */
  readonly ground?: Ground
  /** An operator, or time, has taken the member out of the view for good; with `failed` and `left` only. */
  readonly forgotten?: true
  /** The member's own record; absent where the sender passes on a verdict only. */
  readonly record?: MemberRecord
}

/** Positive when `a` beats `b`; 0 when they say the same. Both are about one name. */
export function compareFacts(
  a: Life & { incarnation: number; state: MemberState },
  b: Life & { incarnation: number; state: MemberState },
): number {
  return compareLives(a, b) || a.incarnation - b.incarnation || stateRank[a.state] - stateRank[b.state]
}

/** Whether a state ends a life: only a newer incarnation of the member itself can take it back. */
export function isTerminal(state: MemberState): boolean {
  return state === 'failed' || state === 'left'
}
