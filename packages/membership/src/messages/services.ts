// The exchanges and messages of others that are served here: starts handlers in the order in which requests arrive, and
// sends what they answer, unless nobody waits for it any more.
import type { Millis } from '../core/identity.ts'
import {
  type BodyTooLargeError,
  type BodyTypeError,
  CancelledError,
  IncompleteStreamError,
  RequestTimeoutError,
  TopicInUseError,
  UnreachableError,
} from '../message-errors.ts'
import type { Clock } from '../shell/clock.ts'
import { encodeBody } from './body.ts'
import { type FailureCode, failure, failureOf, failureOfAnswer, shortened } from './failure.ts'
import type { Body, Cancel, Chunk, ChunksEnd, Credit, ExchangeId, Failure, Request, Send } from './item.ts'
import { MessageTroubles, type TroublesParts } from './message-troubles.ts'
import { halfRoom, type Peer } from './peer.ts'
import type { WhyOver } from './peers.ts'
import { bodyFor, Refusal } from './received-body.ts'
import type { Room } from './room.ts'
import { Context, type HandlerContext, Service } from './service.ts'
import { answerWriter, isAsyncIterable, uploadReader } from './service-streams.ts'
import type { StreamTopic, Topic } from './topic.ts'

/** A handler, whatever its topic. */
export type AnyHandler<M> = (body: never, context: HandlerContext<M>) => unknown

interface Served<M> {
  readonly topic: Topic | StreamTopic
  readonly handler: AnyHandler<M>
  /** What messages of one member may take up. */
  readonly rooms: WeakMap<Peer<M>, Room>
}

/** What services need. */
export interface ServicesParts extends TroublesParts {
  readonly clock: Clock
  /** Told of times at which `expire` has something to do. */
  readonly due: (at: Millis) => void
}

/** All that one member serves. */
export class Services<M> {
  readonly #parts: ServicesParts
  readonly #troubles: MessageTroubles
  readonly #served = new Map<string, Served<M>>()

  constructor(parts: ServicesParts) {
    this.#parts = parts
    this.#troubles = new MessageTroubles(parts)
  }

  /** Serves a topic until the returned function is called. @throws TopicInUseError */
  serve(topic: Topic | StreamTopic, handler: AnyHandler<M>): () => void {
    if (this.#served.has(topic.name)) throw new TopicInUseError(topic.name)
    const served = { topic, handler, rooms: new WeakMap() }
    this.#served.set(topic.name, served)
    return () => {
      if (this.#served.get(topic.name) === served) this.#served.delete(topic.name)
    }
  }

  /** Another member asks for something. */
  request(peer: Peer<M>, item: Request): void {
    const served = this.#served.get(item.topic)
    // An honest peer uses no slot twice at a time.
    const isFree = peer.services.isFree(item.id)
    const code = isFree && peer.hasRoomFor(item) ? obstacle(served?.topic, item.chunks) : 'busy'
    if (served === undefined || code !== undefined) {
      postFailure(peer, refusal(item.id, code ?? 'unknown-topic', served?.topic))
      return
    }
    const body = bodyFor(served.topic, item.body)
    if (body instanceof Refusal) postFailure(peer, failure(item.id, 'invalid-body', body.why))
    else this.#run(served, new Service(peer, item, undefined, this.#parts.clock), body)
  }

  /** Another member says something. Nobody learns what comes of it, so it is logged. */
  send(peer: Peer<M>, item: Send): void {
    const served = this.#served.get(item.topic)
    if (served === undefined) {
      this.#troubles.unserved(peer, item.topic)
      return
    }
    if (obstacle(served.topic, 'none') !== undefined) {
      this.#troubles.dropped(peer, item.topic, 'it is served as a stream topic')
      return
    }
    const room = topicRoom(served, peer)
    const why = whyNoRoom(peer, room, item.body.bytes.length)
    if (why !== undefined) {
      this.#troubles.dropped(peer, item.topic, why)
      return
    }
    const body = bodyFor(served.topic, item.body)
    if (body instanceof Refusal) {
      this.#troubles.dropped(peer, item.topic, body.why)
      return
    }
    // There are fewer in service than slots.
    const id = peer.messageNumbers.take(0) as number
    const asked = { id, topic: item.topic, body: item.body, timeoutMs: 0, chunks: 'none' } as const
    this.#run(served, new Service(peer, asked, room, this.#parts.clock), body)
  }

  /** More about a request in service. */
  received(peer: Peer<M>, item: Cancel | Chunk | ChunksEnd | Credit): void {
    const service = peer.services.get(item.id)
    // Chunks may wait longer than the service that gave them.
    if (item.type === 'cancel') peer.session?.dropStream(item.id, true)
    if (service === undefined) return
    switch (item.type) {
      case 'cancel':
        service.abort(new CancelledError(peer.member.name))
        return
      case 'credit':
        service.writer?.grant(item.bytes)
        return
      case 'chunk':
        if (service.reader?.push(item.bytes) === false) {
          service.reader.fail(new IncompleteStreamError(peer.member.name))
        }
        return
      case 'chunks-end':
        if (item.isWhole) service.reader?.finish()
        else service.reader?.fail(new IncompleteStreamError(peer.member.name))
        return
    }
  }

  /** The link broke: the requester takes no answer any more. */
  broken(peer: Peer<M>): void {
    for (const service of peer.inServiceNow()) {
      service.abort(new UnreachableError(peer.member.name, false))
    }
  }

  /** Ends what is due. Returns when the next one is. */
  expire(peer: Peer<M>, now: Millis): Millis {
    let earliest = Number.POSITIVE_INFINITY
    for (const service of peer.inServiceNow()) {
      if (service.dueAt > now) earliest = Math.min(earliest, service.dueAt)
      else service.abort(new RequestTimeoutError(peer.member.name, service.topic, service.timeoutMs))
    }
    return earliest
  }

  /** Nothing goes to this life any more. */
  end(peer: Peer<M>, why: WhyOver): void {
    for (const service of peer.inServiceNow()) service.abort(why(false))
  }

  #run({ handler }: Served<M>, service: Service<M>, body: unknown): void {
    if (service.chunkDirection === 'up') {
      // Its chunks may come before the handler has returned anything.
      service.reader = uploadReader(service)
      this.#keep(service)
    }
    let result: unknown
    let later: Promise<unknown> | undefined
    try {
      result = handler(body as never, new Context(service))
      // What it returns may throw when it is looked at.
      later = isThenable(result) ? Promise.resolve(result) : undefined
    } catch (error) {
      this.#failed(service, error)
      return
    }
    if (later === undefined) {
      this.#answered(service, result)
      return
    }
    this.#keep(service)
    later.then(
      (value) => this.#answered(service, value),
      (error) => this.#failed(service, error),
    )
  }

  /** It stays in service, until it is answered or aborted. */
  #keep(service: Service<M>): void {
    const { peer } = service
    if (peer.over !== undefined) {
      // A handler can end its own cluster.
      service.abort(peer.over)
      return
    }
    peer.addService(service)
    if (service.dueAt !== Number.POSITIVE_INFINITY) this.#parts.due(service.dueAt)
  }

  #answered(service: Service<M>, value: unknown): void {
    if (service.chunkDirection === 'down') this.#streamed(service, value)
    else if (service.isAborted) return
    else if (service.isMessage) service.finish()
    else this.#respond(service, value)
  }

  #respond(service: Service<M>, value: unknown): void {
    let body: Body
    try {
      body = encodeBody(value, 'response')
    } catch (error) {
      this.#unfit(service, error as BodyTypeError | BodyTooLargeError)
      return
    }
    service.finish()
    const isPosted = service.peer.session?.post({ type: 'response', id: service.id, body })
    if (isPosted === false) postFailure(service.peer, failure(service.id, 'no-room'))
  }

  #streamed(service: Service<M>, source: unknown): void {
    if (!isAsyncIterable(source)) {
      this.#failed(service, new TypeError('the handler of a stream topic gave no AsyncIterable'))
      return
    }
    service.writer = answerWriter(service, source, {
      failed: (error) => this.#failed(service, error),
      unfit: (error) => this.#unfit(service, error),
    })
    // One that was aborted before has left already, and must not come back.
    if (!service.isAborted) this.#keep(service)
    if (service.isAborted) service.writer.stop()
    else service.writer.start()
  }

  /** The handler threw, or the source of its chunks. */
  #failed(service: Service<M>, error: unknown): void {
    if (service.isAborted) return
    service.finish()
    if (service.isMessage) this.#troubles.failed(service.peer, service.topic, error)
    else postFailure(service.peer, failureOf(service.id, error))
  }

  /** What the handler answers cannot be sent. */
  #unfit(service: Service<M>, error: BodyTypeError | BodyTooLargeError): void {
    if (service.isAborted) return
    service.finish()
    postFailure(service.peer, failureOfAnswer(service.id, error))
  }
}

/** Sends a failure: whole, if there is room. */
function postFailure({ session }: Peer, item: Failure): void {
  if (session?.post(item) === false) session.post(shortened(item))
}

/** What messages of a topic may take up, of one member: a handler that never ends leaves some to other topics. */
function topicRoom<M>({ rooms }: Served<M>, peer: Peer<M>): Room {
  const known = rooms.get(peer)
  if (known !== undefined) return known
  const room = halfRoom()
  rooms.set(peer, room)
  return room
}

/** Why a message cannot come into service, if it cannot. */
function whyNoRoom({ messageRoom }: Peer, room: Room, bytes: number): string | undefined {
  if (!room.has(bytes)) return `its handler has not ended for ${room.count} of them, with ${room.bytes} bytes`
  if (messageRoom.has(bytes)) return undefined
  return `handlers have not ended for ${messageRoom.count} messages from it, with ${messageRoom.bytes} bytes`
}

/** What stands in the way of a handler, room and the body aside. */
function obstacle(
  topic: Topic | StreamTopic | undefined,
  chunks: Request['chunks'],
): FailureCode | undefined {
  const isStreamed = topic?.type === 'stream-topic'
  return topic === undefined || isStreamed !== (chunks === 'down') ? 'unknown-topic' : undefined
}

/** Says what stands in the way; of a topic that is served as the other kind, which that is. */
function refusal(id: ExchangeId, code: FailureCode, topic: Topic | StreamTopic | undefined): Failure {
  return code === 'unknown-topic' && topic !== undefined
    ? failure(id, code, '', { servedAs: topic.type })
    : failure(id, code)
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value instanceof Promise ||
    (typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function')
  )
}
