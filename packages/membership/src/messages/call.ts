// One exchange that this member began, until its answer or an error is there.
import type { Millis } from '../core/identity.ts'
import { IncompleteStreamError, InvalidBodyError } from '../message-errors.ts'
import { decodeBody, notPlain } from './body.ts'
import type { ChunkReader } from './chunk-reader.ts'
import type { ChunkWriter } from './chunk-writer.ts'
import type { Body, ExchangeId } from './item.ts'
import { onAbort } from './on-abort.ts'
import { reasonOf } from './thrown.ts'
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
  #unfollow: (() => void) | undefined

  constructor(id: ExchangeId, topic: string, timeoutMs: Millis, dueAt: Millis) {
    this.id = id
    this.topic = topic
    this.timeoutMs = timeoutMs
    this.dueAt = dueAt
  }

  /** Whether chunks go one way or the other. */
  abstract readonly isStream: boolean
  /** The answer of that member is there. */
  abstract succeed(body: Body, member: string): void
  /** There will be none. */
  abstract fail(error: unknown): void

  /** Ends with the signal. */
  follow(signal: AbortSignal, aborted: () => void): void {
    this.#unfollow = onAbort(signal, aborted)
  }

  /** Lets go of everything that could hold it. */
  release(): void {
    this.#unfollow?.()
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

  succeed(body: Body, member: string): void {
    const value = decodeBody(body)
    if (value === notPlain) {
      this.#reject(new InvalidBodyError(member, this.topic, 'response', 'it is no plain data'))
      return
    }
    try {
      this.#resolve(validated(this.#validate, value))
    } catch (error) {
      const refused = new InvalidBodyError(member, this.topic, 'response', reasonOf(error), { cause: error })
      this.#reject(refused)
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

  constructor(id: ExchangeId, topic: string, reader: ChunkReader) {
    super(id, topic, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)
    this.reader = reader
  }

  /** The other side says how many bytes there were in all. */
  succeed(body: Body, member: string): void {
    if (decodeBody(body) === this.reader.receivedBytes) this.reader.finish()
    else this.reader.fail(new IncompleteStreamError(member))
  }

  fail(error: unknown): void {
    this.reader.fail(error)
  }
}
