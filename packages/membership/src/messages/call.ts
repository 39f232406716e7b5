// One exchange that this member began, until its answer or an error is there.
import type { Millis } from '../core/identity.ts'
import { IncompleteStreamError, InvalidBodyError } from '../message-errors.ts'
import { decodeBody, notPlain } from './body.ts'
import type { ChunkReader } from './chunk-reader.ts'
import type { ChunkWriter } from './chunk-writer.ts'
import type { Body, ExchangeId } from './item.ts'
import { type Topic, validated } from './topic.ts'

/** What all exchanges have. */
export abstract class Call {
  readonly id: ExchangeId
  readonly topic: string
  /** Infinity for none. */
  readonly timeoutMs: Millis
  /** When it ends for want of an answer. */
  dueAt: Millis
  /** The link broke: it may have arrived or not, and no answer will come any more. */
  isDoubtful = false
  #signal: AbortSignal | undefined
  #onAbort: (() => void) | undefined

  constructor(id: ExchangeId, topic: string, timeoutMs: Millis, dueAt: Millis) {
    this.id = id
    this.topic = topic
    this.timeoutMs = timeoutMs
    this.dueAt = dueAt
  }

  /** Whether chunks go one way or the other. */
  abstract readonly isStream: boolean
  /** The answer is there. */
  abstract succeed(body: Body): void
  /** There will be none. */
  abstract fail(error: unknown): void

  /** Ends with the signal. */
  follow(signal: AbortSignal, onAbort: () => void): void {
    this.#signal = signal
    this.#onAbort = onAbort
    signal.addEventListener('abort', onAbort, { once: true })
  }

  /** Lets go of everything that could hold it. */
  release(): void {
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener('abort', this.#onAbort)
  }
}

/** One answer is awaited, by a promise. */
export class RequestCall extends Call {
  /** What is uploaded with it. */
  writer: ChunkWriter | undefined
  readonly #validate: Topic['validateResponse']
  readonly #resolve: (value: unknown) => void
  readonly #reject: (error: unknown) => void

  constructor(
    id: ExchangeId,
    topic: Topic,
    timeoutMs: Millis,
    dueAt: Millis,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    super(id, topic.name, timeoutMs, dueAt)
    this.#validate = topic.validateResponse
    this.#resolve = resolve
    this.#reject = reject
  }

  get isStream(): boolean {
    return this.writer !== undefined
  }

  succeed(body: Body): void {
    const value = decodeBody(body)
    if (value === notPlain) {
      this.#reject(new InvalidBodyError(this.topic, 'response', 'it is no plain data'))
      return
    }
    try {
      this.#resolve(validated(this.#validate, value))
    } catch (error) {
      this.#reject(new InvalidBodyError(this.topic, 'response', reasonOf(error), { cause: error }))
    }
  }

  fail(error: unknown): void {
    this.#reject(error)
  }

  override release(): void {
    super.release()
    this.writer?.stop()
  }
}

/** The answer is a stream, which somebody reads. */
export class StreamCall extends Call {
  readonly isStream = true
  readonly reader: ChunkReader
  readonly #member: string

  constructor(id: ExchangeId, topic: string, member: string, reader: ChunkReader) {
    super(id, topic, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)
    this.#member = member
    this.reader = reader
  }

  /** The other side says how many bytes there were in all. */
  succeed(body: Body): void {
    if (decodeBody(body) === this.reader.receivedBytes) this.reader.finish()
    else this.reader.fail(new IncompleteStreamError(this.#member))
  }

  fail(error: unknown): void {
    this.reader.fail(error)
  }
}

/** What was thrown, in words. */
export function reasonOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown)
  } catch {
    return 'an error that cannot be read'
  }
}
