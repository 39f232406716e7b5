// What the core can be told at its start, with every default in one place. Numbers are starting values, moved by
// evidence (bench/, the simulator). Tests and the simulator may shorten them; applications keep the defaults.
import type { ClusterIds } from './cluster-ids.ts'
import type { Address } from './identity.ts'
import type { Random } from './random.ts'

/** Timing and size rules of the protocol. */
export interface ProtocolOptions {
  /** A member probes one other in each period. Default 250. */
  readonly probeIntervalMs: number
  /** Least time to wait for an ack; it grows with the link's round-trip time. Default 150. */
  readonly minProbeTimeoutMs: number
  /** Most time to wait for an ack, before local health stretches it. Default 1000. */
  readonly maxProbeTimeoutMs: number
  /** Age of the earliest unanswered probe at which a confirmed suspect is failed. Default 3500. */
  readonly failAfterMs: number
  /** The same without enough confirmations. Default 8000. */
  readonly failUnconfirmedAfterMs: number
  /** Independent confirmations, or votes, wanted (fewer in small clusters). Default 3. */
  readonly quorumOfObservers: number
  /** How many others probe indirectly; all in clusters under ten. Default 3. */
  readonly indirectProbes: number
  /** How many survivors redial at once when a link breaks. Default 4. */
  readonly firstRedialers: number
  /** How long the other survivors wait for a verdict before they redial too; longer beyond 16 members. Default 30. */
  readonly redialGraceMs: number
  /** How long a vote "no answer from the address" stands without a veto before it counts. Default 500. */
  readonly addressGoneMs: number
  /** Without enough votes by then, a refusing member becomes suspect. Default 300. */
  readonly voteWindowMs: number
  /** Time between the refusals that make a suspect failed with fewer votes. Default 250. */
  readonly secondRefusalMs: number
  /** No byte from anyone for this long, while others are known or listed, is isolation. Default 2000. */
  readonly isolatedAfterMs: number
  /** An unanswered SYN is given up after this. Default 2000. */
  readonly connectTimeoutMs: number
  /** A link without a hello is closed after this. Default 5000. */
  readonly helloTimeoutMs: number
  /** Shortest and longest wait before an address is dialed again. Default 250 and 2000. */
  readonly minRedialMs: number
  readonly maxRedialMs: number
  /** Wait before an address of another cluster or version is dialed again. Default 30000. */
  readonly foreignRedialMs: number
  /** At most this many redials of addresses that failed before, a second. Default 4. */
  readonly redialsPerSecond: number
  /** Dials under way at once; after so many, the next start when a quarter of them has ended. Default 32. */
  readonly maxDials: number
  /** How long the side that does not dial first waits for the other's dial. Default 250. */
  readonly dialGraceMs: number
  /** How long failed and left members stay in the view. Default 1 h. */
  readonly forgetAfterMs: number
  /** How long they are remembered after that, so that old news cannot revive them. Default 24 h. */
  readonly tombstoneMs: number
  /** At most this many tombstones. Default 4096. */
  readonly maxTombstones: number
  /** Most that one gap between two inputs counts on the clock liveness deadlines run on. Default 100. */
  readonly maxLivedStepMs: number
}

export const defaultProtocol: ProtocolOptions = {
  probeIntervalMs: 250,
  minProbeTimeoutMs: 150,
  maxProbeTimeoutMs: 1000,
  failAfterMs: 3500,
  failUnconfirmedAfterMs: 8000,
  quorumOfObservers: 3,
  indirectProbes: 3,
  firstRedialers: 4,
  redialGraceMs: 30,
  addressGoneMs: 500,
  voteWindowMs: 300,
  secondRefusalMs: 250,
  isolatedAfterMs: 2000,
  connectTimeoutMs: 2000,
  helloTimeoutMs: 5000,
  minRedialMs: 250,
  maxRedialMs: 2000,
  foreignRedialMs: 30_000,
  redialsPerSecond: 4,
  maxDials: 32,
  dialGraceMs: 250,
  forgetAfterMs: 3_600_000,
  tombstoneMs: 86_400_000,
  maxTombstones: 4096,
  maxLivedStepMs: 100,
}

/** Members in a view, unless the option says otherwise. */
export const DEFAULT_MAX_MEMBERS = 2048
/** The most that the option can say: with as many tombstones they fit into one digest. */
export const MAX_MEMBERS = 4096

/** All a core needs to start. */
export interface CoreOptions extends ClusterIds {
  readonly name: string
  /** Wall-clock start in ms. */
  readonly generation: number
  /** Random id of this start. */
  readonly instance: string
  /** Where this member listens, canonical, best first; at least one. */
  readonly addresses: readonly Address[]
  readonly metadata: Uint8Array
  readonly random: Random
  /** How many members there should be, where that is known. */
  readonly expectedSize?: number | undefined
  /** Most members in the view, self and those that ended included. Default 2048, at most 4096. */
  readonly maxMembers?: number | undefined
  /** Default `defaultProtocol`, for each option that is not given. */
  readonly protocol?: Partial<ProtocolOptions>
  /** `swim`: without local health, confirmations and the stall rule, for comparison only. Default `lifeguard`. */
  readonly detector?: 'lifeguard' | 'swim' | undefined
}
