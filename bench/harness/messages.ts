// What the driver and the processes it measures say to each other over IPC. Times are milliseconds of
// CLOCK_MONOTONIC, which all processes of one machine share.
import type { Cause, Diagnosis, LinkState, MemberState, View } from '@rollcall/membership'

/** What a member can be told to look out for. It reports the time at which it saw the condition met. */
export type Condition =
  /** The member of this name is in one of these states. */
  | { readonly type: 'member'; readonly name: string; readonly states: readonly MemberState[] }
  /** The member of this name has published this value. */
  | { readonly type: 'metadata'; readonly name: string; readonly value: number }
  /** So many members are alive, the one that looks included. */
  | { readonly type: 'alive'; readonly count: number }
  /** It begins to be isolated. */
  | { readonly type: 'event'; readonly event: 'isolated' }

/** What `join` is called with. Everything else is left at its default. */
export interface JoinCommand {
  readonly name: string
  readonly host: string
  readonly advertise: string
  /** Left out where every address is a loopback address. `key`: the one of bench-keys.mjs. */
  readonly security?: 'none' | 'key'
  readonly service: string
  readonly dnsServer: string
}

/** What the event loop of a member is to do: after each pause it stands still once. */
export interface BlockCommand {
  readonly pausesMs: readonly number[]
  readonly blockMs: number
}

/** Something a member was told by its cluster object. */
export interface LoggedEvent {
  readonly type: string
  readonly atMs: number
  /** Whom it is about; undefined when about the member itself. */
  readonly name?: string
  readonly instance?: string
  /** A refuted suspicion raises it, so it tells one suspicion from the next. */
  readonly incarnation?: number
  readonly why?: Cause
}

/** A view that a member had from `atMs` on. */
export interface LoggedView {
  readonly atMs: number
  readonly id: string
  readonly alive: number
}

/** What a member has used since its start. */
export interface Usage {
  readonly atMs: number
  readonly cpuMs: number
  /** Sum of `socket.bytesWritten` of all TCP sockets, closed ones included. */
  readonly bytesWritten: number
  readonly rssBytes: number
  /** Bytes sent over all network interfaces it sees: its own in a namespace, else the machine's; undefined if not known. */
  readonly wireBytes?: number
}

/** How a member stands, for the report of something that went wrong. */
export interface Standing {
  readonly text: Diagnosis['text']
  readonly view: View
  readonly links: readonly LinkState[]
}
