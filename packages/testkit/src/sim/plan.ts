// A run drawn from one seed: how many members, what the network is like, and which faults happen when. Plain data, so
// that a failing run can be printed, replayed and cut down.

import type { ServiceMode, ServiceOptions } from './headless-service.ts'
import type { NetworkOptions } from './routes.ts'

/** One thing that happens to the cluster, `at` virtual ms after its start. Members are named by label. */
export type Step = { readonly at: number } & (
  | {
      readonly type: 'kill'
      readonly member: string
      readonly address: 'stays' | 'vanishes' | 'vanishes-first'
    }
  | { readonly type: 'freeze'; readonly member: string; readonly forMs: number }
  | { readonly type: 'slow'; readonly member: string; readonly lateMs: number; readonly forMs: number }
  | {
      readonly type: 'cut'
      readonly members: readonly string[]
      readonly isOneWay: boolean
      readonly forMs: number
    }
  | {
      readonly type: 'restart'
      readonly member: string
      readonly sameAddress: boolean
      readonly clockBackMs: number
    }
  | { readonly type: 'leave'; readonly member: string }
  /** An operator has a member forgotten, by another. */
  | { readonly type: 'forget'; readonly member: string; readonly name: string }
  | { readonly type: 'reset-links'; readonly member: string }
  | { readonly type: 'set-metadata'; readonly member: string; readonly value: number }
  | { readonly type: 'add'; readonly member: string; readonly ip?: 'reused' }
  | { readonly type: 'dns'; readonly mode: ServiceMode; readonly forMs: number }
)

/** A whole run. */
export interface Plan {
  readonly seed: number
  readonly members: number
  /** The first members start within this time of each other. */
  readonly startSpreadMs: number
  readonly network: Partial<NetworkOptions>
  readonly service: Partial<ServiceOptions>
  /** In order of time. */
  readonly steps: readonly Step[]
  /** When the last fault is over. */
  readonly calmAt: number
}
