// What is told of an address that should be reached and is not.
import type { DialResult } from './dial-pace.ts'
import type { Address } from './identity.ts'

/** An address that is listed or known, but not reached. */
export interface UnreachedAddress {
  /** Host and port. */
  readonly address: Address
  /** Whom we expect there, when known. */
  readonly name: string | undefined
  /** The last thing that happened; `pending` before the first dial ended, `silent` when it never said hello. */
  readonly why: Exclude<DialResult, 'self'> | 'pending'
}
