// The one thing that messages need of links: items to and from one life of a member, in order. Which link carries them,
// what happens when links compete or break, batching, splitting and what may wait are the business behind it.
import type { Life } from '../core/identity.ts'
import type { Item } from './item.ts'

/** Items to one life of one member. */
export interface Session {
  readonly peer: Life
  /** Whether a link is in use: without one nothing can be posted. */
  readonly isLinked: boolean
  /** Whether less waits to be sent than may: otherwise requests, messages and chunks are refused. */
  readonly isWritable: boolean
  /**
   * Takes an item for sending, in order. Returns false, and takes nothing, without a link, or when it is not writable;
   * what ends an exchange, cancels or credits is taken as long as there is a link, and is small.
   */
  post(item: Item): boolean
}

/** What a session tells. */
export interface SessionHandlers {
  /** The next item of the peer. */
  received(session: Session, item: Item): void
  /** It has become writable. */
  writable(session: Session): void
  /** A link that had carried items broke: whatever was under way may be lost, in both directions. */
  broken(session: Session): void
  /** A link is in use again, or none any more. */
  linkChanged(session: Session): void
}

/** Most bytes of one body; more is for streams. */
export const MAX_BODY_BYTES: number = 4 * 1024 * 1024

/** Longest name of a topic, in UTF-8 bytes. */
export const MAX_TOPIC_BYTES = 255

/** Longest chunk of a stream; longer ones of the application are split. */
export const MAX_CHUNK_BYTES: number = 64 * 1024
