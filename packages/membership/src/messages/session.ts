// The one thing that messages need of links: items to and from one life of a member, in order. Which link carries them,
// what happens when links compete or break, batching, splitting and what may wait are the business behind it.
import type { Life } from '../core/identity.ts'
import type { ExchangeId, Item } from './item.ts'

/** Items to one life of one member. */
export interface Session {
  /** Whom it is with. Another object, with a higher generation, once a process that is starting raises its own. */
  readonly peer: Life
  /** Whether a link is in use: without one nothing can be posted. */
  readonly isLinked: boolean
  /** Whether it is linked, and less waits to be sent than may: otherwise requests and messages are refused. */
  readonly isWritable: boolean
  /**
   * Takes an item for sending, in order. Returns false, and takes nothing, without a link; for a message or a request when
   * the session is not writable; for a chunk when too many chunks wait, which are counted apart; for a response when many
   * times as much waits, and for a failure then unless it is short. What else ends an exchange, cancels or credits is taken
   * as long as there is a link.
   *
   * Small bodies are copied at once. The bytes of a chunk, or of a body over 64 KiB, are read later: they must not be
   * changed any more.
   */
  post(item: Item): boolean
  /** Drops the chunks of one direction of an exchange that wait to be sent, and its end with them: nobody wants them. */
  dropStream(id: ExchangeId, isAnswer: boolean): void
}

/** The sessions of one member of the cluster. */
export interface SessionTable {
  /** The one with the present life of a member; undefined when it was never linked, or is forgotten. */
  get(name: string): Session | undefined
}

/** What a session tells. Never called from within `post`, but items may be posted, and sessions end, in all of these. */
export interface SessionHandlers {
  /** The next item of the peer. */
  received(session: Session, item: Item): void
  /** It takes again what it has refused: it has become writable, or chunks have room. */
  writable(session: Session): void
  /**
   * A link that had carried items broke: whatever was under way is lost or may be, in both directions. What waited to be
   * sent is dropped. Told on both sides, and before anything that comes later.
   */
  broken(session: Session): void
  /** A link is in use again, or none any more. */
  linkChanged(session: Session): void
  /** The life of its peer is over: replaced by a newer one, or forgotten. Nothing more is told of it. */
  ended(session: Session): void
}

/** Most bytes of one body; more is for streams. */
export const MAX_BODY_BYTES: number = 4 * 1024 * 1024

/** Longest name of a topic, in UTF-8 bytes. */
export const MAX_TOPIC_BYTES = 255

/** Longest chunk of a stream; longer ones of the application are split. */
export const MAX_CHUNK_BYTES: number = 64 * 1024

/** Longest text of a failure, in UTF-8 bytes; longer ones are cut. */
export const MAX_FAILURE_BYTES = 4096

/** Longest code of a failure, in UTF-8 bytes; longer ones are cut. */
export const MAX_CODE_BYTES = 255
