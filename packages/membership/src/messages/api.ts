// The part of a cluster that carries messages between its members.

import type { RollcallError } from '../errors.ts'
import type { Member } from '../member.ts'
import type { To } from './peers.ts'
import type { HandlerContext } from './service.ts'
import type { StreamTopic, Topic } from './topic.ts'

/** Answers requests on a topic: returns the response, or throws. */
export type Handler<ReceivedReq, Res, M = unknown> = (
  body: ReceivedReq,
  context: HandlerContext<M>,
) => Res | PromiseLike<Res>

/** Answers requests on a stream topic with chunks: an async generator, or a function that returns a Readable. */
export type StreamHandler<ReceivedReq, M = unknown> = (
  body: ReceivedReq,
  context: HandlerContext<M>,
) => AsyncIterable<Uint8Array> | PromiseLike<AsyncIterable<Uint8Array>>

/** Ends the service of a topic: call it, or let `using` do so. Requests in service go on. */
export interface Disposer extends Disposable {
  (): void
}

/** Options of `request()`. */
export interface RequestOptions {
  /**
   * How long to wait for the answer, in ms up to 2147483647, or Infinity. Default 5000; with `chunks` Infinity, for an
   * upload takes as long as it takes.
   */
  readonly timeoutMs?: number
  /** Gives up: the promise rejects with the signal's reason, and the handler's signal is aborted. */
  readonly signal?: AbortSignal
  /**
   * Bulk that goes with the body: read as the handler reads it, at most 256 KiB ahead. A Readable will do. Left alone if
   * the request cannot be sent; ended early if the answer comes before its end. The chunks must not be written to
   * once they are handed over.
   */
  readonly chunks?: AsyncIterable<Uint8Array>
}

/** Who took a broadcast, and who did not. */
export interface BroadcastResult<M = unknown> {
  /** Members whose link has accepted it. */
  readonly accepted: readonly Member<M>[]
  /** The others, with UnreachableError or BackpressureError. */
  readonly refused: readonly { readonly member: Member<M>; readonly error: RollcallError }[]
}

/**
 * Messages between members. Bodies are null, booleans, numbers, strings, Uint8Array, arrays and plain objects of these
 * (fields that are undefined are left out), or undefined; at most 4 MiB encoded. A body that is itself a Uint8Array
 * travels as it is and is not copied: do not write to it once it is handed over. A received one is the receiver's to keep;
 * whoever stores bytes for long copies them, for they may be a view of all that came with them.
 *
 * Nothing is ever sent twice: a handler runs at most once, and errors say in `mayHaveRun` whether it may have. From one
 * member to another, handlers start in the order of the calls.
 *
 * All but `serve` report every error by rejecting, or to the reader of the stream, wrong options as OptionError too; all
 * fail with ClosedError once the cluster is closed.
 */
export interface Messages<M = unknown> {
  /**
   * Serves a topic. A handler that throws fails its request with RemoteError; what it throws on a message of `send()` is
   * logged. One that takes long gets `signal` and `deadline` to stop in time. Of one member at most 8,192 requests with
   * 64 MiB of bodies are in service at once.
   *
   * @throws TopicInUseError, OptionError, ClosedError
   */
  serve<Req, Res, ReceivedReq, ReceivedRes>(
    topic: Topic<Req, Res, ReceivedReq, ReceivedRes>,
    handler: Handler<ReceivedReq, Res, M>,
  ): Disposer
  serve<Req, ReceivedReq>(
    topic: StreamTopic<Req, ReceivedReq>,
    handler: StreamHandler<ReceivedReq, M>,
  ): Disposer
  /**
   * Asks a member (that life only) or a name (its present life), and resolves with its answer. Rejects at once with
   * MemberGoneError when the member turns out to be dead, with UnreachableError when there is no link or it broke, and
   * with RequestTimeoutError, BackpressureError, UnknownMemberError, ToSelfError, UnknownTopicError, RemoteError,
   * InvalidBodyError, BodyTypeError, BodyTooLargeError, or the signal's reason.
   */
  request<Req, Res, ReceivedReq, ReceivedRes>(
    to: To,
    topic: Topic<Req, Res, ReceivedReq, ReceivedRes>,
    body: Req,
    options?: RequestOptions,
  ): Promise<ReceivedRes>
  /**
   * Asks for a stream of chunks, to be read once. The request is sent when the first chunk is asked for; at most 256 KiB
   * come ahead of the reader. Leaving the loop ends the handler's iterable. What goes wrong is thrown to the reader, as by
   * `request()`, and IncompleteStreamError if chunks are missing: a stream is never short silently. There is no
   * timeout. At most 64 streams may be open to one member.
   */
  stream<Req, ReceivedReq>(
    to: To,
    topic: StreamTopic<Req, ReceivedReq>,
    body: Req,
    options?: { readonly signal?: AbortSignal },
  ): AsyncIterableIterator<Uint8Array>
  /**
   * Sends a message that wants no answer. Resolves once the link has accepted it, which is not yet delivery. Rejects with
   * what can be known at once: MemberGoneError, UnreachableError, BackpressureError, UnknownMemberError, ToSelfError,
   * BodyTypeError, BodyTooLargeError.
   */
  send<Req, Res, ReceivedReq, ReceivedRes>(
    to: To,
    topic: Topic<Req, Res, ReceivedReq, ReceivedRes>,
    body: Req,
  ): Promise<void>
  /** Sends a message to every other member that is alive or suspect. Rejects as `send()` does for the body alone. */
  broadcast<Req, Res, ReceivedReq, ReceivedRes>(
    topic: Topic<Req, Res, ReceivedReq, ReceivedRes>,
    body: Req,
  ): Promise<BroadcastResult<M>>
  /**
   * Resolves when a member takes messages and requests again: it is linked, less waits to be sent to it than may, and fewer
   * than 65,536 requests to it are under way. For senders that have got an UnreachableError, or a BackpressureError `at` the
   * sender; it knows nothing of what is in service there, and does not wait until a stream has ended. Rejects with MemberGoneError, UnknownMemberError, ToSelfError, or
   * the signal's reason.
   */
  writable(to: To, options?: { readonly signal?: AbortSignal }): Promise<void>
}
