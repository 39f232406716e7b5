// The immutable picture of the cluster that the application sees: built from the member table when something
// visible changed, and the same object until then.
import type { MemberState } from './fact.ts'
import type { Address, Life, Millis } from './identity.ts'

/** One member in a view. Immutable; replaced when anything about it changes. */
export interface CoreMember extends Life {
  readonly incarnation: number
  readonly state: MemberState
  readonly leaving: boolean
  readonly addresses: readonly Address[]
  readonly metadata: Uint8Array
  /** When, on this process's clock, it entered its present state. */
  readonly since: Millis
}

/** Who is in the cluster, as one member believes. */
export interface CoreView {
  /** Rises by one with every visible change, in this process only. */
  readonly number: number
  /**
   * Hash of who is present with which generation: equal on members that agree. Suspicion, metadata and addresses are
   * not part of it.
   */
  readonly id: string
  readonly self: CoreMember
  /** Sorted by name, self included, failed and left ones too until they are forgotten. */
  readonly members: readonly CoreMember[]
}
