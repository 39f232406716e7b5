// One stream as its reader sees it: chunks in order, then its end or an error, never silently short. The reader grants
// the sender what it has read, so that a slow one holds bounded memory.
import type { Credit } from './item.ts'
import { chunkCost, STREAM_CREDIT_BYTES } from './stream-credit.ts'

type Result = IteratorResult<Uint8Array, undefined>

interface Waiting {
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/** What a reader needs done. */
export interface ReaderPort {
  /** The first chunk is asked for. */
  started(): void
  /** The sender may send so many bytes more. */
  grant(bytes: Credit['bytes']): void
  /** Nobody reads any more, and the stream had not ended. */
  abandoned(): void
}

/** Reads one stream, once. */
export class ChunkReader implements AsyncIterableIterator<Uint8Array> {
  readonly #port: ReaderPort
  #chunks: Uint8Array[] = []
  #next = 0
  /** What the sender may still send, as far as it has been told. */
  #room = STREAM_CREDIT_BYTES
  /** What has been read and not yet granted anew. */
  #read = 0
  #receivedBytes = 0
  #isStarted = false
  #end: { readonly error?: unknown } | undefined
  readonly #waiting: {
    readonly resolve: (result: Result) => void
    readonly reject: (error: unknown) => void
  }[] = []

  constructor(port: ReaderPort) {
    this.#port = port
  }

  /** Bytes received so far. */
  get receivedBytes(): number {
    return this.#receivedBytes
  }

  /** Takes a chunk. False, and nothing is taken, when the sender had no credit for it. */
  push(chunk: Uint8Array): boolean {
    if (this.#end !== undefined) return true
    const cost = chunkCost(chunk)
    if (cost > this.#room) return false
    this.#room -= cost
    this.#receivedBytes += chunk.length
    this.#chunks.push(chunk)
    this.#serve()
    return true
  }

  /** All has been received. */
  finish(): void {
    this.#close({})
  }

  /** Nothing follows; what was received can still be read, then the error comes. */
  fail(error: unknown): void {
    this.#close({ error })
  }

  /** Nobody wants it any more: what was received and not yet read is dropped, and the error comes at once. */
  abort(error: unknown): void {
    if (this.#end !== undefined && this.#chunks.length === 0) return
    this.#chunks = []
    this.#next = 0
    this.#end = { error }
    this.#serve()
  }

  next(): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      if (!this.#isStarted) {
        this.#isStarted = true
        this.#port.started()
      }
      this.#serve()
    })
  }

  return(): Promise<Result> {
    const wasOpen = this.#isStarted && this.#end === undefined
    this.#isStarted = true
    this.#chunks = []
    this.#next = 0
    this.#end = {}
    this.#serve()
    if (wasOpen) this.#port.abandoned()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #close(end: { readonly error?: unknown }): void {
    if (this.#end !== undefined) return
    this.#end = end
    this.#serve()
  }

  #serve(): void {
    while (this.#waiting.length > 0) {
      const chunk = this.#take()
      if (chunk === undefined && this.#end === undefined) return
      const reader = this.#waiting.shift()
      if (chunk !== undefined) reader?.resolve({ done: false, value: chunk })
      else this.#tellEnd(reader)
    }
  }

  /** The error is thrown once; after it a stream is at its end, as a generator is. */
  #tellEnd(reader: Waiting | undefined): void {
    const end = this.#end
    this.#end = {}
    if (end !== undefined && 'error' in end) reader?.reject(end.error)
    else reader?.resolve({ done: true, value: undefined })
  }

  #take(): Uint8Array | undefined {
    const chunk = this.#chunks[this.#next]
    if (chunk === undefined) return undefined
    this.#next++
    if (this.#next === this.#chunks.length) {
      this.#chunks = []
      this.#next = 0
    }
    this.#read += chunkCost(chunk)
    if (this.#read >= STREAM_CREDIT_BYTES / 2 && this.#end === undefined) {
      const bytes = this.#read
      this.#read = 0
      this.#room += bytes
      this.#port.grant(bytes)
    }
    return chunk
  }
}
