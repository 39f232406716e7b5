// What a simulated cluster can be told: at its start, and when a member starts.
import type {
  CoreOptions,
  MembershipCore,
  ProtocolOptions,
  Sessions,
  SessionsOptions,
} from '@rollcall/membership/internal'
import type { CheckFactory } from './check.ts'
import type { SimCodec } from './codec.ts'
import type { ServiceOptions } from './headless-service.ts'
import type { NetworkOptions } from './routes.ts'

/** What a simulation needs. */
export interface SimulationOptions {
  readonly seed: number
  createCore(options: CoreOptions, now: number): MembershipCore
  readonly codec: SimCodec
  /** Where it is given, members talk to each other over their links. */
  createSessions?(options: SessionsOptions): Sessions
  readonly protocol?: Partial<ProtocolOptions>
  /** Whose rules tell the slow from the dead: `swim` for comparison. Default `lifeguard`. */
  readonly detector?: CoreOptions['detector']
  readonly network?: Partial<NetworkOptions>
  readonly service?: Partial<ServiceOptions>
  /** The size every member is given; default none. */
  readonly expectedSize?: number | undefined
  /** Invariants to check along the way. Default none. */
  readonly checks?: readonly CheckFactory[]
  /** Called with everything that goes into and comes out of every core. */
  trace?(at: number, who: string, what: object): void
}

/** How a member is started. */
export interface StartOptions {
  /** What the verbs call this process; default its name. */
  readonly label?: string
  /** Where it listens; default an address never used before. */
  readonly ip?: string
  /** How far its wall clock is behind, in ms. Negative: ahead. Default 0. */
  readonly clockBackMs?: number
  /** The id of its cluster, each with a Service of its own. Default the one under test. */
  readonly cluster?: string
  /** Whether the Service lists it. Default true. */
  readonly isListed?: boolean
}
