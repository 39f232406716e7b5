// What two members say to each other for their applications, one union. Each case says who sends it and what answers
// it. Items of one sender arrive in the order in which they were posted, chunks of streams aside, which other items may
// pass; but what ends a stream never passes its own chunks.

/** A body as bytes. `none` is undefined, `plain` is MessagePack, `binary` is the application's own bytes as they are. */
export interface Body {
  readonly kind: 'none' | 'plain' | 'binary'
  readonly bytes: Uint8Array
}

/**
 * Names one exchange (a request, or a stream) of the member that began it. Not used again by the same life, until 2^37
 * others have been. Of those that are open at a time no two have the same low 16 bits.
 */
export type ExchangeId = number

/** A message that wants no answer. */
export interface Send {
  readonly type: 'send'
  readonly topic: string
  readonly body: Body
}

/** Begins an exchange; answered by one response or failure. */
export interface Request {
  readonly type: 'request'
  readonly id: ExchangeId
  readonly topic: string
  readonly body: Body
  /** How long the sender will wait, counted from the sending; 0 for as long as it takes. */
  readonly timeoutMs: number
  /** `up`: chunks of the sender follow. `down`: the answer is a stream of chunks, ended by a response or failure. */
  readonly chunks: 'none' | 'up' | 'down'
}

/** Ends an exchange well. */
export interface Response {
  readonly type: 'response'
  readonly id: ExchangeId
  readonly body: Body
}

/** Ends an exchange badly: what went wrong at the other side. */
export interface Failure {
  readonly type: 'failure'
  readonly id: ExchangeId
  /** Which of our errors it is, or `remote` for one of the application. */
  readonly code: string
  readonly message: string
  /** What the application has said besides: its own code and details. */
  readonly body: Body
}

/** The one that began the exchange wants no answer any more; not answered. */
export interface Cancel {
  readonly type: 'cancel'
  readonly id: ExchangeId
}

/**
 * A piece of a stream, never empty. At most as many bytes may be on their way as the other side has credited; a chunk
 * counts as MIN_CHUNK_COST bytes at least.
 */
export interface Chunk {
  readonly type: 'chunk'
  /** Whether the exchange is one that the receiver of this chunk began. */
  readonly isAnswer: boolean
  readonly id: ExchangeId
  readonly bytes: Uint8Array
}

/** No chunks follow from the one that began the exchange. Its answer ends the other direction. */
export interface ChunksEnd {
  readonly type: 'chunks-end'
  readonly id: ExchangeId
  /** False when its source failed: what was sent is not the whole. */
  readonly isWhole: boolean
}

/** The reader of a stream takes so many bytes more. */
export interface Credit {
  readonly type: 'credit'
  /** Whether the exchange is one that the receiver of this credit began. */
  readonly isAnswer: boolean
  readonly id: ExchangeId
  readonly bytes: number
}

export type Item = Send | Request | Response | Failure | Cancel | Chunk | ChunksEnd | Credit
