// Why an address should be dialed, and which of two goes first.
import type { Address } from './identity.ts'

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
  /** The seeds list it. Else, where it is no member's, it is known by the word of others only. */
  readonly isListed: boolean
}

/** Members come before those who are listed, by whatever name; then whoever was only heard of, then the failed. */
export function byRank(a: Want, b: Want): number {
  return rank(a) - rank(b)
}

function rank({ kind, isMember, isListed }: Want): number {
  if (isMember) return 0
  if (kind === 'failed') return 4
  if (kind === 'seed') return 2
  return isListed ? 1 : 3
}
