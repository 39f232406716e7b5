// A run drawn from one seed: how many members, what the network is like, and which faults happen when. Plain data, so
// that a failing run can be printed, replayed and cut down.

import type { ProtocolOptions } from '@rollcall/membership/internal'
import type { ServiceMode, ServiceOptions } from './headless-service.ts'
import type { NetworkOptions } from './routes.ts'

/**
 * One thing that happens to the cluster, `at` virtual ms after its start. Members are named by label. Each step stands
 * for itself: one whose member does not run (or never has) is passed over, so that any of them can be left out.
 */
export type Step = { readonly at: number } & (
  | {
      readonly type: 'kill'
      readonly member: string
      readonly address: 'stays' | 'vanishes' | 'vanishes-first'
    }
  | { readonly type: 'freeze'; readonly member: string; readonly forMs: number }
  /** Every batch of work is late. */
  | { readonly type: 'slow'; readonly member: string; readonly lateMs: number; readonly forMs: number }
  | {
      readonly type: 'cut'
      readonly members: readonly string[]
      /** Default all others. */
      readonly others?: readonly string[]
      readonly isOneWay: boolean
      readonly forMs: number
      /** It goes and comes back each time after so long. */
      readonly flapMs?: number
    }
  /** Slow and jittery ways between some members and others (default all others). */
  | {
      readonly type: 'slow-links'
      readonly members: readonly string[]
      readonly others?: readonly string[]
      readonly delayMs: number
      readonly spikeMs: number
      readonly spikeChance: number
      readonly forMs: number
    }
  /** No new connection to a member gets through; those that stand live on. */
  | {
      readonly type: 'refuse-dials'
      readonly member: string
      readonly answer: 'refused' | 'nothing'
      readonly forMs: number
    }
  | {
      readonly type: 'restart'
      readonly member: string
      readonly sameAddress: boolean
      /** Negative: the clock is ahead. */
      readonly clockBackMs: number
    }
  /** With a lost goodbye it is cut off, or killed some ms later; with a handover it is announced so long before. */
  | {
      readonly type: 'leave'
      readonly member: string
      readonly lost?: 'cut' | 'killed'
      readonly handoverMs?: number
    }
  /** An operator has a member forgotten, by another. */
  | { readonly type: 'forget'; readonly member: string; readonly name: string }
  | { readonly type: 'reset-links'; readonly member: string }
  /** Its links were made with a key that counts no more, as far as it knows. */
  | { readonly type: 'outdate-links'; readonly member: string }
  /**
   * A share of a member's links is forgotten: by its own kernel, which resets what comes (`reset`), or by a NAT in
   * between, which drops it (`nothing`).
   */
  | {
      readonly type: 'half-open'
      readonly member: string
      readonly answer: 'reset' | 'nothing'
      readonly share: number
    }
  | { readonly type: 'set-metadata'; readonly member: string; readonly value: number }
  /** An operator says how many members there should be. */
  | { readonly type: 'expect'; readonly member: string; readonly size: number }
  /** Large metadata, again and again. */
  | {
      readonly type: 'load'
      readonly member: string
      readonly bytes: number
      readonly everyMs: number
      readonly forMs: number
    }
  /** `reused`: at the first address that is free again; `reused-last`: at the last. */
  | { readonly type: 'add'; readonly member: string; readonly ip?: 'reused' | 'reused-last' }
  /** A further process with the name of another. */
  | {
      readonly type: 'duplicate'
      readonly member: string
      readonly of: string
      readonly clockBackMs: number
    }
  /** A member of another cluster, whatever its name; killed, and its address gone, after `forMs`. */
  | {
      readonly type: 'foreign'
      readonly member: string
      readonly name: string
      readonly ip?: 'reused' | 'reused-last'
      readonly forMs?: number
    }
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
  /** Members talk to each other over their links. Default false. */
  readonly messages?: boolean
  /** Options of the protocol that differ from the defaults. */
  readonly protocol?: Partial<ProtocolOptions>
  /** In order of time. */
  readonly steps: readonly Step[]
  /**
   * Times between faults at which all earlier ones are over: the cluster must come right and is checked in full, as at
   * the end. Later times are counted from when that is done.
   */
  readonly quietAt?: readonly number[]
  /** When the last fault is over. */
  readonly calmAt: number
}
