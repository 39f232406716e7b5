// Tells those who keep loads how these have ended. Each keeper has one loop, which waits longer and longer while nothing
// comes through, and gives up what means nothing any more.
import { ClosedError, type Cluster, type Member, MemberGoneError } from '@rollcall/membership'
import type { Time } from '../time.ts'
import { type Ending, MAX_LOAD_MS } from './load-keeper.ts'
import { endTopic } from './load-topics.ts'

const ANSWER_MS = 1000
const MIN_PAUSE_MS = 20
const MAX_PAUSE_MS = 1000
/** So many are told at once; one alone after a failure. */
const MAX_AT_ONCE = 256
/** Waiting for one keeper. The oldest ones are given up beyond that. */
const MAX_QUEUED = 16_384

interface Message {
  readonly key: string
  readonly token: string
  readonly ending: Ending
  /** By then the keeper has forgotten the load by itself. */
  readonly until: number
}

/** By token. */
type Queue = Map<string, Message>

export class Teller {
  readonly #cluster: Cluster
  readonly #time: Time
  /** By the instance of the keeper. */
  readonly #queues = new Map<string, Queue>()

  constructor(cluster: Cluster, time: Time) {
    this.#cluster = cluster
    this.#time = time
  }

  tell(keeper: Member, key: string, token: string, ending: Ending): void {
    const message = { key, token, ending, until: this.#time.now() + MAX_LOAD_MS }
    const known = this.#queues.get(keeper.instance)
    const queue: Queue = known ?? new Map()
    queue.set(token, message)
    if (known === undefined) {
      this.#queues.set(keeper.instance, queue)
      void this.#tellAll(keeper, queue)
    } else if (queue.size > MAX_QUEUED) {
      const [oldest] = queue.keys()
      queue.delete(oldest as string)
    }
  }

  /** Until all have been heard, or given up. */
  async #tellAll(keeper: Member, queue: Queue): Promise<void> {
    let atOnce = MAX_AT_ONCE
    let pauseMs = MIN_PAUSE_MS
    while (queue.size > 0) {
      const messages = this.#next(queue, atOnce)
      const results = await Promise.all(messages.map((message) => this.#send(keeper, queue, message)))
      if (results.includes('gone')) break
      if (results.includes('failed')) {
        atOnce = 1
        await this.#time.sleep(pauseMs)
        pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)
      } else {
        atOnce = MAX_AT_ONCE
        pauseMs = MIN_PAUSE_MS
      }
    }
    this.#queues.delete(keeper.instance)
  }

  /** The first ones that mean something still. */
  #next(queue: Queue, count: number): Message[] {
    const now = this.#time.now()
    const messages: Message[] = []
    for (const message of queue.values()) {
      if (message.until <= now) queue.delete(message.token)
      else if (messages.push(message) === count) break
    }
    return messages
  }

  async #send(keeper: Member, queue: Queue, message: Message): Promise<'heard' | 'failed' | 'gone'> {
    const { key, token, ending } = message
    let result: 'heard' | 'failed' = 'heard'
    try {
      await this.#cluster.request(keeper, endTopic, { key, token, ending }, { timeoutMs: ANSWER_MS })
    } catch (error) {
      if (error instanceof MemberGoneError || error instanceof ClosedError) return 'gone'
      result = 'failed'
    }
    if (queue.get(token) !== message) return result
    queue.delete(token)
    // Behind the others: it may be the only one that fails.
    if (result === 'failed') queue.set(token, message)
    return result
  }
}
