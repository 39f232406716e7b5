// One exchange, or message, of another member in service here: what its handler is given beside the body, and what is
// kept until it answers.
import type { Millis } from '../core/identity.ts'
import type { Member } from '../member.ts'
import { IncompleteStreamError } from '../message-errors.ts'
import type { Clock } from '../shell/clock.ts'
import type { ChunkReader } from './chunk-reader.ts'
import type { ChunkWriter } from './chunk-writer.ts'
import type { ExchangeId, Request } from './item.ts'
import type { Peer } from './peer.ts'
import type { Room } from './room.ts'

/**
 * What a handler is given beside the body. Each field may be taken at any time, also by destructuring. They are getters,
 * for most handlers need none of them: `{ ...context }` has no fields.
 */
export interface HandlerContext<M = unknown> {
  /** Who sent it: the member as the view has it now, or had it last. */
  readonly from: Member<M>
  /**
   * Aborted when the answer is of no use any more. `reason`: CancelledError (the requester aborted), RequestTimeoutError,
   * UnreachableError (the link broke), MemberGoneError, or ClosedError. A handler may go on; its answer is dropped.
   */
  readonly signal: AbortSignal
  /** Until when the requester waits, in ms since 1970 on this clock; undefined when it waits as long as it takes. */
  readonly deadline: number | undefined
  /**
   * What the requester uploads beside the body, empty if nothing; to be read once. Throws IncompleteStreamError when its
   * source fails, and the reason of `signal` when that is aborted. The chunks are the handler's own to keep, not to
   * write to.
   */
  readonly chunks: AsyncIterable<Uint8Array>
}

/** What is shown to the handler of one in service. */
export class Context<M> implements HandlerContext<M> {
  readonly #service: Service<M>

  constructor(service: Service<M>) {
    this.#service = service
  }

  get from(): Member<M> {
    return this.#service.peer.member
  }

  get signal(): AbortSignal {
    return this.#service.signal
  }

  get deadline(): number | undefined {
    return this.#service.deadline
  }

  get chunks(): AsyncIterable<Uint8Array> {
    return this.#service.reader ?? noChunks()
  }
}

/** One in service. */
export class Service<M = unknown> {
  readonly peer: Peer<M>
  readonly id: ExchangeId
  /** Whether it wants no answer. */
  readonly isMessage: boolean
  readonly topic: string
  /** Of its body. */
  readonly bytes: number
  readonly timeoutMs: Millis
  /** When it ends for want of an answer. */
  readonly dueAt: Millis
  readonly chunkDirection: Request['chunks']
  /** What it takes up while it is in service. */
  readonly room: Room
  /** The part of that which its like may take up. */
  readonly share: Room | undefined
  /** Its uploaded chunks. */
  reader: ChunkReader | undefined
  /** Its streamed answer. */
  writer: ChunkWriter | undefined
  readonly #clock: Clock
  #controller: AbortController | undefined
  #aborted: { readonly reason: unknown } | undefined

  /** `topicRoom`: what messages of its topic may take up, if it is one. */
  constructor(peer: Peer<M>, asked: Omit<Request, 'type'>, topicRoom: Room | undefined, clock: Clock) {
    this.peer = peer
    this.id = asked.id
    this.isMessage = topicRoom !== undefined
    this.topic = asked.topic
    this.bytes = asked.body.bytes.length
    this.timeoutMs = asked.timeoutMs
    this.chunkDirection = asked.chunks
    const isEndless = asked.timeoutMs === 0 && asked.chunks === 'none'
    this.room = this.isMessage ? peer.messageRoom : peer.exchangeRoom
    this.share = topicRoom ?? (isEndless ? peer.endlessRoom : undefined)
    this.#clock = clock
    this.dueAt = this.timeoutMs > 0 ? clock.now() + this.timeoutMs : Number.POSITIVE_INFINITY
  }

  get isStream(): boolean {
    return this.chunkDirection !== 'none'
  }

  /** As the handler is told. */
  get deadline(): number | undefined {
    return this.timeoutMs > 0 ? this.#clock.toEpochMs(this.dueAt) : undefined
  }

  /** Made only when asked for: a controller takes longer than all the rest of a small request. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted.reason)
    }
    return this.#controller.signal
  }

  /** Whether nobody waits for its answer any more. */
  get isAborted(): boolean {
    return this.#aborted !== undefined
  }

  /** Its answer is there. What was uploaded and is still unread goes nowhere. */
  finish(): void {
    this.#leave()
    this.reader?.fail(new IncompleteStreamError(this.peer.member.name))
  }

  /** Nobody waits for its answer any more. */
  abort(reason: unknown): void {
    if (this.#aborted !== undefined) return
    this.#aborted = { reason }
    this.#leave()
    this.reader?.abort(reason)
    this.writer?.stop()
    this.#controller?.abort(reason)
  }

  #leave(): void {
    this.peer.removeService(this)
    if (this.isMessage) this.peer.messageNumbers.release(this.id)
  }
}

async function* noChunks(): AsyncGenerator<Uint8Array, undefined> {}
