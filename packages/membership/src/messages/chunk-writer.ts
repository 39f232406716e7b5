// One stream as its sender sees it: takes chunks from an async iterable of the application, and sends them as the reader
// grants credit and the link has room.
import { shown } from '../errors.ts'
import { BodyTypeError } from '../message-errors.ts'
import { MAX_CHUNK_BYTES } from './session.ts'
import { chunkCost, MIN_CHUNK_COST, STREAM_CREDIT_BYTES } from './stream-credit.ts'

/** Where the chunks of one stream go. */
export interface WriterPort {
  /** Called when there may be room again. */
  readonly watchers: Set<() => void>
  /** False when there is no room now. */
  chunk(bytes: Uint8Array): boolean
  /** All was sent. False when there is no room to say so now. */
  finished(totalBytes: number): boolean
  /** The source failed. */
  failed(error: unknown): void
  /** The source gave something that is no bytes. */
  unfit(error: BodyTypeError): void
}

/** Sends one stream. */
export class ChunkWriter {
  readonly #source: AsyncIterable<Uint8Array>
  readonly #port: WriterPort
  readonly #wake = () => this.#resume?.()
  #iterator: AsyncIterator<Uint8Array> | undefined
  #credit = STREAM_CREDIT_BYTES
  #resume: (() => void) | undefined
  #totalBytes = 0
  #isOver = false

  constructor(source: AsyncIterable<Uint8Array>, port: WriterPort) {
    this.#source = source
    this.#port = port
  }

  /** Begins; neither source nor port are called before this has returned. */
  start(): void {
    this.#port.watchers.add(this.#wake)
    this.#run().catch((error: unknown) => this.#fail(() => this.#port.failed(error)))
  }

  /** The reader takes so many bytes more. */
  grant(bytes: number): void {
    this.#credit += bytes
    this.#wake()
  }

  /** Nothing more is sent; the source is ended, as `break` ends a loop. */
  stop(): void {
    if (this.#isOver) return
    this.#over()
    this.#wake()
    endSource(this.#source, this.#iterator)
  }

  async #run(): Promise<void> {
    await undefined
    if (this.#isOver) return
    this.#iterator = iteratorOf(this.#source)
    while (!this.#isOver) {
      const result = await this.#iterator.next()
      if (typeof result !== 'object' || result === null) throw new TypeError(notIterable)
      const { done, value } = result
      if (this.#isOver) return
      if (done) {
        await this.#finish()
        return
      }
      if (!(value instanceof Uint8Array)) {
        this.#fail(() => this.#port.unfit(notBytes(value)))
        return
      }
      await this.#send(value)
    }
  }

  #fail(tell: () => void): void {
    if (this.#isOver) return
    this.stop()
    tell()
  }

  async #send(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length && !this.#isOver; ) {
      if (this.#credit < MIN_CHUNK_COST) {
        await this.#paused()
        continue
      }
      const piece = chunk.subarray(at, at + Math.min(MAX_CHUNK_BYTES, this.#credit))
      if (!this.#port.chunk(piece)) {
        this.#goLast()
        await this.#paused()
        continue
      }
      at += piece.length
      this.#totalBytes += piece.length
      this.#credit -= chunkCost(piece)
    }
  }

  async #finish(): Promise<void> {
    while (!this.#isOver && !this.#port.finished(this.#totalBytes)) await this.#paused()
    this.#over()
  }

  /** Whoever has waited longer comes first when there is room: no stream is left behind by others. */
  #goLast(): void {
    this.#port.watchers.delete(this.#wake)
    this.#port.watchers.add(this.#wake)
  }

  #over(): void {
    this.#isOver = true
    this.#port.watchers.delete(this.#wake)
  }

  #paused(): Promise<void> {
    return new Promise((resolve) => {
      this.#resume = resolve
    })
  }
}

const notIterable =
  'the source of the chunks is no proper AsyncIterable: it must give an iterator whose next() gives results'

/** Reads a source. @throws TypeError */
function iteratorOf(source: AsyncIterable<Uint8Array>): AsyncIterator<Uint8Array> {
  const iterate: unknown = source[Symbol.asyncIterator]
  const iterator = typeof iterate === 'function' ? iterate.call(source) : undefined
  if (typeof iterator?.next !== 'function') throw new TypeError(notIterable)
  return iterator
}

function notBytes(value: unknown): BodyTypeError {
  return new BodyTypeError('chunk', 'chunk', `chunk: expected a Uint8Array, got ${shown(value)}`)
}

/** Ends a source early. What it throws then is its own affair: nobody waits for it any more. */
function endSource(source: AsyncIterable<Uint8Array>, iterator: AsyncIterator<Uint8Array> | undefined): void {
  try {
    iterator?.return?.().then(undefined, () => {})
  } catch {
    // An iterator of the application that is none.
  }
  try {
    // The iterator of a Node stream waits for the next chunk before it ends, which may never come.
    if (!('destroy' in source) || typeof source.destroy !== 'function') return
    // One that nobody has read yet may fail all the same: a file that cannot be opened. Unheard, that ends the process.
    if ('on' in source && typeof source.on === 'function') source.on('error', () => {})
    source.destroy()
  } catch {
    // As above.
  }
}
