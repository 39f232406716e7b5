// What a proxy can be told and asked. `createProxy` in create-proxy.ts makes one.
import type { ConnectsWhenCut, Faults } from './faults.ts'
import type { GateState } from './gate.ts'
import type { Endpoint } from './options.ts'

/** What has gone through a proxy since it was made. */
export interface ProxyCounters {
  /** Connections accepted, those that a fault held included. */
  readonly connections: number
  /** Connections open now. */
  readonly open: number
  /** Bytes passed on from clients to the upstream. */
  readonly bytesToUpstream: number
  /** Bytes passed on from the upstream to clients. */
  readonly bytesToClient: number
}

/** A running proxy. Every fault is off until called for, and faults add up. */
export interface FaultProxy extends AsyncDisposable {
  /** Where clients dial, with the port chosen by the system if 0 was given. Stays the same while refusing. */
  readonly address: Endpoint
  /** The faults in force, as plain data. */
  readonly faults: Faults
  /** What whoever dials now meets: `open`, `closed` (refused) or `parked` (no answer). */
  readonly state: GateState
  /** What has gone through so far. */
  readonly counters: ProxyCounters
  /** As with a frozen process: connections stay open, nothing passes, new ones are accepted and go nowhere. */
  freeze(): void
  /** Ends `freeze`: what was held goes on at once, in order. */
  thaw(): void
  /**
   * Delays every chunk by `ms` milliseconds and up to `jitterMs` more, in order; 0 and 0 ends it. Ends and resets of
   * connections are delayed too, the opening of a connection is not.
   */
  delay(ms: number, jitterMs?: number, direction?: 'to-upstream' | 'to-client' | 'both'): void
  /** Breaks every connection with RST on both sides, or those of clients at `from`; new ones are welcome. */
  resetAll(options?: { readonly from?: string }): void
  /**
   * As with a cut network: nothing passes either way, not even the end of a connection, and nothing is closed.
   * New connects hang without an answer (default) or are refused. With `from`, only clients at that address are cut;
   * their new connects are accepted and held, or reset with `refuse`, since a listener cannot ignore one client.
   * Bytes stop within the call; new connects meet the cut when the promise resolves (the first `hang` takes some
   * 30 ms, with an instant well below a millisecond in which connects are refused).
   */
  cut(options?: { readonly from?: string; readonly connects?: ConnectsWhenCut }): Promise<void>
  /**
   * Ends a cut, the one of `from` if given, else all of them. What was in flight is delivered in order, by default
   * when TCP would have sent it again (`backoff`: after a minute's cut that can be most of a minute later), or
   * `at-once`. Connections that were idle carry on immediately.
   */
  rejoin(options?: { readonly from?: string; readonly retransmission?: 'backoff' | 'at-once' }): Promise<void>
  /** Asks the upstream now whether it listens, instead of at the next poll; resolves when the proxy acts accordingly. */
  check(): Promise<void>
  /** Ends every connection and stops listening; resolves when nothing is left. */
  close(): Promise<void>
}
