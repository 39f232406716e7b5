// What a pod and the demo say to each other over the channel that Node opens between parent and child. Plain data.
import type { Change, MemberState } from '@rollcall/membership'

/** The variable in which a pod gets the secret of the cluster: the command line is for all to see. */
export const SECRET_VARIABLE = 'DEMO_SECRET'

/** How a pod is started; its one argument, as JSON. */
export interface PodConfig {
  readonly name: string
  /** Full name of the headless Service. */
  readonly service: string
  /** The name server, `address:port`. */
  readonly dnsServer: string
  /** Where the pod listens. */
  readonly host: string
  readonly port: number
  /** The address it announces, with port: that of the proxy in front of it. */
  readonly advertise: string
  /** Where the other pods are dialed, when all announce the same port. */
  readonly peerPort?: number
  /** Named port of the Service when pods differ by port; then SRV records are asked. */
  readonly portName?: string
  /** Ports that lead elsewhere when this pod dials them (see network/route-dials.ts). */
  readonly routes?: Routes
}

/** Port of a pod to port of the proxy that leads there. */
export type Routes = Readonly<Record<number, number>>

/** A member in the view of a pod. */
export interface SeenMember {
  readonly name: string
  readonly generation: number
  readonly state: MemberState
  /** When the pod saw it enter the state, in ms since 1970. */
  readonly since: number
  readonly address: string
}

/** The view of a pod. */
export interface SeenView {
  readonly id: string
  readonly members: readonly SeenMember[]
}

/** Something that a pod's cluster told it, with the view right after. */
export interface ChangeReport {
  readonly type: 'change'
  /** On the clock of clock.ts. */
  readonly atMs: number
  readonly change: Change['type']
  /** Name of the member it is about, if about one. */
  readonly about?: string
  /** Why it was suspected or failed, in a word or two. */
  readonly why?: string
  /** With `isolated`: whether it begins. */
  readonly isolated?: boolean
  readonly view: SeenView
}

/** From a pod to the demo. */
export type Report =
  /** About to call `join`. */
  | { readonly type: 'joining'; readonly atMs: number }
  | { readonly type: 'joined'; readonly atMs: number; readonly generation: number }
  | ChangeReport
  /** Round-trip times of its links, by name of the peer. */
  | { readonly type: 'links'; readonly rttMs: Readonly<Record<string, number>> }

/** From the demo to a pod. */
export type Order = { readonly type: 'routes'; readonly routes: Routes }
