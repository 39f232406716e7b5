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
}

/** Members come before those who are only heard of, then whoever is listed, then the failed. */
export function byRank(a: Want, b: Want): number {
  return rank(a) - rank(b)
}

function rank({ kind, isMember }: Want): number {
  if (isMember) return 0
  return kind === 'failed' ? 3 : kind === 'seed' ? 2 : 1
}
