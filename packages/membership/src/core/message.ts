// What travels between two members, one union. Each case says who sends it and what answers it.
// The codec (shell/codec.ts) turns these into frames; the core only ever sees shapes it has checked.
import type { ClusterIds } from './cluster-ids.ts'
import type { Fact } from './fact.ts'
import type { Life } from './identity.ts'

/** The protocol versions this build speaks. */
export const PROTOCOL_VERSION = { min: 1, max: 1 } as const

/** Order-free hash over a view, as two unsigned 32-bit halves. */
export interface ViewHash {
  readonly high: number
  readonly low: number
}

/** First frame on every link, from both sides. Answered by the other side's hello, or by a close with a code. */
export interface Hello extends ClusterIds {
  readonly type: 'hello'
  readonly minVersion: number
  readonly maxVersion: number
  /** The sender's own present fact, always with its record. */
  readonly self: Fact
  /** The name the dialer means to reach, where it dials a remembered address that no seed lists: both sides compare it. */
  readonly meant?: string
  /** Of a dialer that replaces an outdated link: how many it has replaced in a row, so that both ends prefer this one. */
  readonly renewal?: number
  readonly hash: ViewHash
}

/** What travels on pings and acks beside their numbers. */
interface Carried {
  /** What the sender thinks is news. */
  readonly updates: readonly Fact[]
  /** Present members the sender has not reached itself for a while, where that has changed since it last said so. */
  readonly exceptions?: readonly string[]
}

/** A probe; answered by an ack with the same number. */
export interface Ping extends Carried {
  readonly type: 'ping'
  readonly seq: number
  readonly hash: ViewHash
}

/** Answers a ping; proves life, because it carries the number. */
export interface Ack extends Carried {
  readonly type: 'ack'
  readonly seq: number
  readonly hash: ViewHash
}

/** Asks a helper to probe a third member; answered by an indirect-ack, with `ok` false when it got no answer. */
export interface PingRequest {
  readonly type: 'ping-request'
  readonly seq: number
  readonly target: Life
}

/** A helper's answer to a ping-request. `ok: false` says that the helper is well and the target silent. */
export interface IndirectAck {
  readonly type: 'indirect-ack'
  readonly seq: number
  readonly ok: boolean
}

/** News sent straight away, not waiting for a probe; not answered. */
export interface Updates {
  readonly type: 'updates'
  readonly updates: readonly Fact[]
}

/** An observer's vote that a process is gone: its link broke and every address of it turns dials away. Not answered. */
export interface Gone {
  readonly type: 'gone'
  readonly member: Life
  /** `refused`: each address refused. `unreachable`: no answer at all, or no route: a weaker vote. */
  readonly how: 'refused' | 'unreachable'
}

/** Takes back all votes about some lives: the sender has had a pong or a new link from each. Not answered. */
export interface Veto {
  readonly type: 'veto'
  readonly members: readonly Life[]
}

/** What the sender knows, without records; answered by a delta. */
export interface Digest {
  readonly type: 'digest'
  readonly facts: readonly Fact[]
}

/** Answers a digest: what the sender of the digest lacks, and the names whose facts are wanted in return. */
export interface Delta {
  readonly type: 'delta'
  readonly updates: readonly Fact[]
  readonly wanted: readonly string[]
}

/** Asks for full facts by name; answered by updates. */
export interface Want {
  readonly type: 'want'
  readonly names: readonly string[]
}

/** The sender's last fact about itself, state `left`; answered by a goodbye-ack. */
export interface Goodbye {
  readonly type: 'goodbye'
  readonly self: Fact
}

/** The goodbye arrived. */
export interface GoodbyeAck {
  readonly type: 'goodbye-ack'
}

/** Ends a duplicate link: nothing follows on it. Each side sends it; the dialer closes once it has seen the other's. */
export interface Last {
  readonly type: 'last'
}

/**
 * How the sender's side of the cluster stands, by which a newcomer learns whom to expect: told at a new link, and to those
 * who may not know when the sender comes to know it or its guests change. Not answered.
 */
export interface Standing {
  readonly type: 'standing'
  readonly isMajority: boolean
  /** Names that came while there was no majority, and have no vote until there is one. */
  readonly guests: readonly string[]
  /** Names that are expected and not here: failed, suspect, or forgotten. */
  readonly missed: readonly string[]
}

export type Message =
  | Hello
  | Ping
  | Ack
  | PingRequest
  | IndirectAck
  | Updates
  | Gone
  | Veto
  | Digest
  | Delta
  | Want
  | Goodbye
  | GoodbyeAck
  | Last
  | Standing
