// The exchanges that this member begins: sends them, and ends each with its answer or with the error that fits.
import type { Millis } from '../core/identity.ts'
import {
  BackpressureError,
  IncompleteStreamError,
  RequestTimeoutError,
  UnreachableError,
} from '../message-errors.ts'
import type { Clock } from '../shell/clock.ts'
import { encodeBody } from './body.ts'
import { type Call, RequestCall, StreamCall } from './call.ts'
import { ChunkReader } from './chunk-reader.ts'
import { ChunkWriter } from './chunk-writer.ts'
import { errorFrom } from './failure.ts'
import type { Chunk, ChunksEnd, Credit, ExchangeId, Failure, Item, Request, Response } from './item.ts'
import type { Peer } from './peer.ts'
import type { WhyOver } from './peers.ts'
import type { StreamTopic, Topic } from './topic.ts'

/** How long exchanges of a broken link wait for the verdict on the member, or for a new link to it. */
const UNDECIDED_MS = 10_000

/** How to ask; checked already. */
export interface CallOptions {
  readonly timeoutMs: Millis
  readonly signal: AbortSignal | undefined
  readonly chunks: AsyncIterable<Uint8Array> | undefined
}

/** All exchanges that one member begins. */
export class Calls<M> {
  readonly #clock: Clock
  readonly #due: (at: Millis) => void
  #round = 0

  /** `due` is told of times at which `expire` has something to do. */
  constructor(clock: Clock, due: (at: Millis) => void) {
    this.#clock = clock
    this.#due = due
  }

  /** Sends a request. What it throws was not sent. */
  request(peer: Peer<M>, topic: Topic, body: unknown, options: CallOptions): Promise<unknown> {
    const { timeoutMs, signal, chunks } = options
    const encoded = encodeBody(body, 'request')
    if (chunks !== undefined) requireStream(peer)
    const isTimed = timeoutMs !== Number.POSITIVE_INFINITY
    const id = this.#begin(peer, {
      topic: topic.name,
      body: encoded,
      timeoutMs: isTimed ? Math.ceil(timeoutMs) : 0,
      chunks: chunks === undefined ? 'none' : 'up',
    })
    const dueAt = isTimed ? this.#clock.now() + timeoutMs : timeoutMs
    return new Promise((resolve, reject) => {
      const call = new RequestCall(id, topic, timeoutMs, dueAt, resolve, reject)
      if (chunks !== undefined) this.#upload(peer, call, chunks)
      this.#open(peer, call, signal)
    })
  }

  /** Makes the reader of a stream; the request is sent when the first chunk is asked for. `peer` may throw. */
  stream(
    peerNow: () => Peer<M>,
    topic: StreamTopic,
    body: unknown,
    signal: AbortSignal | undefined,
  ): AsyncIterableIterator<Uint8Array> {
    let end: (() => void) | undefined
    let grant: ((bytes: number) => void) | undefined
    const start = () => {
      const peer = peerNow()
      signal?.throwIfAborted()
      const encoded = encodeBody(body, 'request')
      requireStream(peer)
      const id = this.#begin(peer, { topic: topic.name, body: encoded, timeoutMs: 0, chunks: 'down' })
      const call = new StreamCall(id, topic.name, reader)
      grant = (bytes) => void peer.session?.post({ type: 'credit', isAnswer: false, id, bytes })
      end = () => this.#give(peer, call, undefined)
      this.#open(peer, call, signal)
    }
    const reader = new ChunkReader({
      started: () => {
        try {
          start()
        } catch (error) {
          reader.fail(error)
        }
      },
      grant: (bytes) => grant?.(bytes),
      abandoned: () => end?.(),
    })
    return reader
  }

  /** An answer came, or a failure, or a part of one. */
  received(peer: Peer<M>, item: Response | Failure | Chunk | Credit): void {
    // One that is unknown has ended here before.
    const call = peer.calls.get(item.id)
    if (call === undefined) return
    switch (item.type) {
      case 'response':
        if (this.#close(peer, call)) call.succeed(item.body, peer.member.name)
        return
      case 'failure':
        if (this.#close(peer, call)) call.fail(errorFrom(item, peer.member.name, call.topic))
        return
      case 'chunk':
        // More than was granted, or of a request that is no stream: nothing it says can be relied on.
        if (!(call instanceof StreamCall) || !call.reader.push(item.bytes)) {
          this.#give(peer, call, new IncompleteStreamError(peer.member.name))
        }
        return
      case 'credit':
        if (call instanceof RequestCall) call.writer?.grant(item.bytes)
        return
    }
  }

  /** The link broke: what is under way waits for the verdict on the member, unless another link says that it lives. */
  broken(peer: Peer<M>): void {
    const undecidedUntil = this.#clock.now() + UNDECIDED_MS
    for (const call of peer.calls.values()) {
      call.isDoubtful = true
      call.dueAt = Math.min(call.dueAt, undecidedUntil)
      if (call instanceof RequestCall) call.writer?.stop()
      this.#due(call.dueAt)
    }
    this.linkChanged(peer)
  }

  /** A link is in use again: the member lives, and what was under way will not be answered. */
  linkChanged(peer: Peer<M>): void {
    if (peer.session === undefined) return
    for (const call of peer.calls.values()) {
      if (call.isDoubtful && this.#close(peer, call)) call.fail(new UnreachableError(peer.member.name, true))
    }
  }

  /** Ends what is due. Returns when the next one is. */
  expire(peer: Peer<M>, now: Millis): Millis {
    let earliest = Number.POSITIVE_INFINITY
    for (const call of peer.calls.values()) {
      if (call.dueAt > now) earliest = Math.min(earliest, call.dueAt)
      else this.#give(peer, call, lateError(peer, call))
    }
    return earliest
  }

  /** Nothing more comes from this life. */
  end(peer: Peer<M>, why: WhyOver): void {
    // It may live, and answer a link that is open still: then its handlers need not go on.
    for (const call of peer.calls.values()) this.#give(peer, call, why(true))
  }

  /** Sends a request under a number of its own. */
  #begin(peer: Peer<M>, { topic, body, timeoutMs, chunks }: Omit<Request, 'type' | 'id'>): ExchangeId {
    const id = peer.numbers.take(++this.#round)
    if (id === undefined) {
      throw new BackpressureError(peer.member.name, 'sender', 'too many requests to it are under way')
    }
    try {
      postOrThrow(peer, { type: 'request', id, topic, body, timeoutMs, chunks })
      return id
    } catch (error) {
      peer.numbers.release(id)
      throw error
    }
  }

  #open(peer: Peer<M>, call: Call, signal: AbortSignal | undefined): void {
    peer.addCall(call)
    if (call.dueAt !== Number.POSITIVE_INFINITY) this.#due(call.dueAt)
    if (signal === undefined) return
    call.follow(signal, () => {
      if (call instanceof StreamCall) call.reader.abort(signal.reason)
      this.#give(peer, call, signal.reason)
    })
  }

  #close(peer: Peer<M>, call: Call): boolean {
    if (!peer.removeCall(call)) return false
    // Answered or not, nobody reads what is left of an upload.
    if (call.isStream) peer.session?.dropStream(call.id, false)
    call.release()
    return true
  }

  /** Gives up an exchange: the other side is told that nobody waits any more. */
  #give(peer: Peer<M>, call: Call, error: unknown): void {
    if (!this.#close(peer, call)) return
    if (!call.isDoubtful) peer.session?.post({ type: 'cancel', id: call.id })
    call.fail(error)
  }

  #upload(peer: Peer<M>, call: RequestCall, source: AsyncIterable<Uint8Array>): void {
    const { id } = call
    const post = (item: Chunk | ChunksEnd) => peer.session?.post(item) ?? false
    const failed = (error: unknown) => {
      post({ type: 'chunks-end', id, isWhole: false })
      this.#give(peer, call, error)
    }
    call.writer = new ChunkWriter(source, {
      watchers: peer.watchers,
      chunk: (bytes) => post({ type: 'chunk', isAnswer: false, id, bytes }),
      finished: () => post({ type: 'chunks-end', id, isWhole: true }),
      failed,
      unfit: failed,
    })
    call.writer.start()
  }
}

function lateError(peer: Peer, call: Call): RequestTimeoutError | UnreachableError {
  const { name } = peer.member
  return call.isDoubtful
    ? new UnreachableError(name, true)
    : new RequestTimeoutError(name, call.topic, call.timeoutMs)
}

/** Sends an item. @throws UnreachableError, BackpressureError */
export function postOrThrow(peer: Peer, item: Item): void {
  const { session } = peer
  if (session === undefined) throw new UnreachableError(peer.member.name, false)
  if (session.post(item)) return
  if (!session.isLinked) throw new UnreachableError(peer.member.name, false)
  throw new BackpressureError(peer.member.name, 'sender', 'too much waits to be sent to it')
}

function requireStream(peer: Peer): void {
  if (peer.mayOpenStream) return
  throw new BackpressureError(peer.member.name, 'sender', 'too many streams with it are open')
}
