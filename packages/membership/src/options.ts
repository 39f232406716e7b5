// What `join` takes, with every default.
import type { Server } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { ProtocolOptions } from './core/options.ts'
import type { Limits } from './limits.ts'
import type { Security } from './security/options.ts'
import type { SeedFunction, SeedSource } from './seed-source.ts'
import type { Logger } from './shell/log.ts'

/** A signal that ends a process. */
export type LeaveSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGQUIT'

/** Options of `join`. A wrong or unknown option rejects with an OptionError. */
export interface JoinOptions<M = unknown> {
  /** Where peers may be: any SeedSource (such as those of `@rollcall/seed`), or an async function that returns addresses. */
  readonly seeds: SeedSource | SeedFunction
  /**
   * How links are protected. Default: by the keys in `/var/run/secrets/rollcall/keys` where that file exists. Else it may
   * be left out only while every own address and seed is a loopback address; then seeds and members elsewhere are not
   * dialed.
   */
  readonly security?: Security
  /**
   * This member's name: stays across restarts, different in each member; at most 253 bytes, no white space. Default:
   * the environment's `POD_NAME`; in a Kubernetes pod the host name; else the host name and a random suffix.
   */
  readonly name?: string
  /** Members with no cluster id in common refuse each other. Default: that of the seed source, else `'default'`. */
  readonly clusterId?: string
  /**
   * Further cluster ids that count as the same cluster, at most 8: two members match when an id of the one is an id of
   * the other. To change the id of a running cluster, roll out the new one here, and then as `clusterId` alone. Default:
   * none.
   */
  readonly alsoClusterIds?: readonly string[]
  /** IP address (without brackets or port) or host name to listen on. Default: all interfaces. Not together with `server`. */
  readonly host?: string
  /** TCP port to listen on; 0 for any free one. Default 7946. Not together with `server`. */
  readonly port?: number
  /**
   * The addresses others shall dial, best first: `'10.0.0.1'` or `'10.0.0.1:7946'`. Default: `host` when it is one
   * address, else the environment's `POD_IPS` or `POD_IP` (an OptionError where these hold anything but IP addresses), else those
   * of the network interfaces.
   */
  readonly advertise?: string | readonly string[]
  /**
   * An HTTP server to attach to, in place of an own port; one member at a path. It stays open when the cluster is
   * left. Its TLS is its own: one of `node:https` goes with `security: { certificates }`, by which members dial each other;
   * see docs/security.md.
   */
  readonly server?: Server | HttpsServer
  /** Path of the WebSocket; the same in every member. Default `'/rollcall'`. */
  readonly path?: string
  /**
   * Plain data that every member sees: at most `limits.metadataBytes` (16 KiB) encoded. Default: none. Binary values that members publish are
   * shared by all readers in a process: do not write to them.
   */
  readonly metadata?: unknown
  /**
   * Checks and types the metadata of members, own ones included. Called once for each value; when it throws, the
   * member's metadata is undefined and a line is logged.
   */
  readonly parseMetadata?: (value: unknown) => M
  /**
   * Leave on these signals and then let the process end by them; a second one ends it at once. `true` means SIGTERM.
   * Default: none.
   */
  readonly signals?: true | readonly LeaveSignal[]
  /**
   * How long the goodbye of this member waits for hooks of `beforeGoodbye`, in ms, unless `leave` is told otherwise.
   * Default 20,000: with the 2 s for goodbyes and the 1 s for closing links it stays within the 30 s of
   * `terminationGracePeriodSeconds`.
   */
  readonly handoverTimeoutMs?: number
  /** A pino-shaped logger; errors are in the field `err`. Default: silent. */
  readonly logger?: Logger
  /**
   * How many members there should be, for `cluster.quorum`: the same in every member. Default: learnt from the names
   * seen, which takes a minute when a whole cluster starts.
   */
  readonly expectedSize?: number
  /** Limits on what others can make this member hold or do. The defaults are safe, and enough for a thousand members. */
  readonly limits?: Partial<Limits>
  /** Timing rules of the protocol, the same in every member. The defaults are what is simulated and measured: have a reason. */
  readonly protocol?: Partial<ProtocolOptions>
}
