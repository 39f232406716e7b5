// What the application sees: members, views and events. Everything here is immutable.
import type { Cause, CoreCertificate } from './core/certificate.ts'
import type { MemberState } from './core/fact.ts'
import type { Quorum } from './core/quorum.ts'

/** One member, as this member sees it now. Replaced by another object when anything about it changes. */
export interface Member<M = unknown> {
  /** Stays the same across restarts. */
  readonly name: string
  /** Start time in ms; grows at every restart of the name. */
  readonly generation: number
  /** Random id of this start. */
  readonly instance: string
  /** Grows when the member changes its metadata, or contradicts a suspicion. */
  readonly incarnation: number
  /** As this process sees it: `alive`, `suspect`, `failed` or `left`. */
  readonly state: MemberState
  /** It has announced that it is about to leave. */
  readonly leaving: boolean
  /** Where it listens, `host:port`, best first. */
  readonly addresses: readonly string[]
  /**
   * What it has published; undefined when nothing, or when it could not be read or parsed. Frozen, except binary
   * values: copy those before you write to them.
   */
  readonly metadata: M | undefined
  /** When this process saw it enter its present state, in ms since 1970. */
  readonly since: number
  /** Whether it is this very member. */
  readonly isSelf: boolean
}

/** Who is in the cluster, as one member believes. */
export interface View<M = unknown> {
  /** Rises with every change, in this process only. */
  readonly number: number
  /** Equal on members that agree who is present. Suspicion, metadata and addresses are not part of it. */
  readonly id: string
  /** This member itself. */
  readonly self: Member<M>
  /** Sorted by name, self included; failed and left ones too, until they are forgotten after an hour. */
  readonly members: readonly Member<M>[]
}

/**
 * Why a member is held to stand as it does: a death certificate for the failed, a certificate of life for the living.
 * Plain data, bounded in size, frozen; times are ms since 1970.
 */
export interface Certificate extends CoreCertificate {
  /** The essence in words. */
  readonly text: string
}

/** An event about a member; `view` is the view right after it. */
export type MemberChange<M = unknown> = { readonly member: Member<M>; readonly view: View<M> } & (
  | { readonly type: 'member-joined' }
  | { readonly type: 'member-suspected'; readonly why: Cause; readonly certificate: Certificate }
  /** Back from suspect or failed. */
  | { readonly type: 'member-recovered'; readonly previous: Member<M> }
  /** Its metadata or addresses changed. */
  | { readonly type: 'member-updated'; readonly previous: Member<M> }
  /** The same name started again; `previous` is the life before. */
  | { readonly type: 'member-restarted'; readonly previous: Member<M> }
  | { readonly type: 'member-leaving' }
  | { readonly type: 'member-left' }
  | { readonly type: 'member-failed'; readonly why: Cause; readonly certificate: Certificate }
  /** Failed or left, and now forgotten: after an hour, or by an operator. */
  | { readonly type: 'member-removed' }
)

/** An event about this member itself. */
export type SelfChange<M = unknown> = { readonly view: View<M> } & (
  | {
      readonly type: 'isolated'
      /** True when it begins, false when somebody is heard again. */
      readonly isolated: boolean
      /** Members known as present, oneself not counted. */
      readonly known: number
      /** Addresses in the last seed set, own ones not counted. */
      readonly listed: number
    }
  /** The state of the quorum, or what it rests on, is another; `quorum` is how it stands now. */
  | { readonly type: 'quorum-changed'; readonly quorum: Quorum; readonly previous: Quorum }
  /** A newer process has this member's name; this one is closed. */
  | { readonly type: 'superseded'; readonly by: Member<M> }
  /** The view changed; as an event it follows whatever else was told of the same change. */
  | { readonly type: 'view-changed' }
)

/** Everything that can happen. */
export type ClusterEvent<M = unknown> = MemberChange<M> | SelfChange<M>

/** The events of a cluster, with the one argument their listeners get. */
export type ClusterEvents<M = unknown> = {
  [T in ClusterEvent<M>['type']]: [event: Extract<ClusterEvent<M>, { readonly type: T }>]
}

/** An item of `changes()`. */
export type Change<M = unknown> =
  /** The first item: the present view. */
  | { readonly type: 'view'; readonly view: View<M> }
  /** The reader was too slow: so many events were dropped, and this is the present view. */
  | { readonly type: 'resync'; readonly view: View<M>; readonly missed: number }
  | ClusterEvent<M>
