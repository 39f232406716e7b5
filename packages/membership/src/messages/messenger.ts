// What the application calls to exchange messages: checks what it is given, and hands it on.
import { RollcallError } from '../errors.ts'
import type { BroadcastResult, Disposer, Messages, RequestOptions } from './api.ts'
import { encodeBody } from './body.ts'
import { postOrThrow } from './calls.ts'
import type { Exchanges } from './exchanges.ts'
import type { Send } from './item.ts'
import { checkHandler, checkRequestOptions, checkSignalOption, checkTopic } from './message-options.ts'
import type { To } from './peers.ts'
import type { AnyHandler } from './services.ts'
import type { StreamTopic, Topic } from './topic.ts'
import { whenWritable } from './writable.ts'

const sent = Promise.resolve()

/** Implements `Messages`. */
export class Messenger<M> implements Messages<M> {
  readonly #exchanges: Exchanges<M>

  constructor(exchanges: Exchanges<M>) {
    this.#exchanges = exchanges
  }

  serve(topic: unknown, handler: AnyHandler<M>): Disposer {
    this.#exchanges.refuseWhenClosed()
    const stop = this.#exchanges.services.serve(checkTopic(topic), checkHandler(handler))
    return Object.assign(stop, { [Symbol.dispose]: stop })
  }

  request<Req, Res, ReceivedReq, ReceivedRes>(
    to: To,
    topic: Topic<Req, Res, ReceivedReq, ReceivedRes>,
    body: Req,
    options?: RequestOptions,
  ): Promise<ReceivedRes> {
    try {
      this.#exchanges.refuseWhenClosed()
      const checked = checkRequestOptions(options)
      checked.signal?.throwIfAborted()
      const asked = checkTopic(topic, 'topic') as Topic
      return this.#exchanges.calls.request(
        this.#exchanges.peers.meant(to),
        asked,
        body,
        checked,
      ) as Promise<ReceivedRes>
    } catch (error) {
      return Promise.reject(error)
    }
  }

  stream<Req, ReceivedReq>(
    to: To,
    topic: StreamTopic<Req, ReceivedReq>,
    body: Req,
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncIterableIterator<Uint8Array> {
    const prepare = () => {
      this.#exchanges.refuseWhenClosed()
      checkSignalOption(options)
      checkTopic(topic, 'stream-topic')
      return this.#exchanges.peers.meant(to)
    }
    return this.#exchanges.calls.stream(prepare, topic as StreamTopic, body, options?.signal)
  }

  send(to: To, topic: { readonly name: string }, body: unknown): Promise<void> {
    try {
      this.#exchanges.refuseWhenClosed()
      const { name } = checkTopic(topic, 'topic')
      const peer = this.#exchanges.peers.meant(to)
      postOrThrow(peer, { type: 'send', topic: name, body: encodeBody(body, 'request') })
      return sent
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async broadcast(topic: { readonly name: string }, body: unknown): Promise<BroadcastResult<M>> {
    this.#exchanges.refuseWhenClosed()
    const { name } = checkTopic(topic, 'topic')
    const item: Send = { type: 'send', topic: name, body: encodeBody(body, 'request') }
    const accepted: BroadcastResult<M>['accepted'][number][] = []
    const refused: BroadcastResult<M>['refused'][number][] = []
    for (const peer of this.#exchanges.peers.present()) {
      try {
        postOrThrow(peer, item)
        accepted.push(peer.member)
      } catch (error) {
        if (!(error instanceof RollcallError)) throw error
        refused.push({ member: peer.member, error })
      }
    }
    return { accepted, refused }
  }

  async writable(to: To, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    checkSignalOption(options)
    const find = () => {
      this.#exchanges.refuseWhenClosed()
      return this.#exchanges.peers.meant(to)
    }
    await whenWritable(find, options.signal)
  }
}
