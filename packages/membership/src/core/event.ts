// What the application is told: past facts, each with the view as it was right after.
import type { Cause, CoreCertificate } from './certificate.ts'
import type { Quorum } from './quorum.ts'
import type { CoreMember, CoreView } from './view.ts'

interface WithView {
  /** The view right after this event. */
  readonly view: CoreView
}

interface Explained {
  /** The cause in brief. */
  readonly why: Cause
  /** All that is known about it. */
  readonly certificate: CoreCertificate
}

/** An event about another member. */
export type MemberEvent = WithView &
  (
    | { readonly type: 'member-joined'; readonly member: CoreMember }
    | ({ readonly type: 'member-suspected'; readonly member: CoreMember } & Explained)
    /** Back from suspect or failed. */
    | { readonly type: 'member-recovered'; readonly member: CoreMember; readonly previous: CoreMember }
    /** Its metadata or addresses changed. */
    | { readonly type: 'member-updated'; readonly member: CoreMember; readonly previous: CoreMember }
    /** A newer life of a known name took its place. */
    | { readonly type: 'member-restarted'; readonly member: CoreMember; readonly previous: CoreMember }
    | { readonly type: 'member-leaving'; readonly member: CoreMember }
    | { readonly type: 'member-left'; readonly member: CoreMember }
    | ({ readonly type: 'member-failed'; readonly member: CoreMember } & Explained)
    /** Failed or left, and now forgotten: after an hour, or by an operator. */
    | { readonly type: 'member-removed'; readonly member: CoreMember }
  )

/** An event about oneself. */
export type SelfEvent = WithView &
  (
    | {
        readonly type: 'isolated'
        /** True when it begins, false when somebody is heard again. */
        readonly isolated: boolean
        /** Members known as present, oneself not counted. */
        readonly known: number
        /** Addresses in the last seed set, own ones not counted. */
        readonly listed: number
      }
    | { readonly type: 'superseded'; readonly by: CoreMember }
    /** The state of the quorum, or what it rests on, is another. */
    | { readonly type: 'quorum-changed'; readonly quorum: Quorum; readonly previous: Quorum }
    /** Something changed that no other event tells: own metadata, or a verdict from before our time. */
    | { readonly type: 'view-changed' }
  )

/** Everything the core tells the application. */
export type CoreEvent = MemberEvent | SelfEvent
