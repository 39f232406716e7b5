// Clients that read and write all the time, each by pods drawn at random, as through a Service; and what they have met.
import { setTimeout as sleep } from 'node:timers/promises'
import { RandomStream } from '@rollcall/testkit'
import { History, type Problem } from './history.ts'
import type { Store } from './http-store.ts'

/** Pause between tries of a request that has failed twice. */
const RETRY_MS = 5

export interface LoadOptions {
  readonly store: Store
  /** Addresses to draw from, now. */
  readonly addresses: () => readonly string[]
  readonly keys: number
  /** Requests under way at a time. */
  readonly clients: number
  /** Default 0: just as long as they must be. */
  readonly valueBytes?: number
  /** See `HistoryOptions`. */
  readonly leaseMs?: number
  /** Part of the writes that are deletions. Default 0. */
  readonly deletions?: number
  /** So many of the keys get half of the reads. Default 0. */
  readonly hotKeys?: number
  /** Pause of each client between its requests. Default 0. */
  readonly pauseMs?: number
  /** How long a request that is not answered is tried again, until it counts as never. Default 30,000. */
  readonly giveUpMs?: number
  readonly seed?: number
}

/** What clients met in some time. */
export class Experience {
  requests = 0
  /** First tries that failed. */
  retried = 0
  /** Requests whose one retry failed too. */
  failed = 0
  /** Longest time from the first try of a failed request to its answer. */
  longestOutageMs = 0
  /** Longest time from the first try of any request to its answer. */
  longestReadMs = 0
  longestWriteMs = 0
  readonly problems: Problem[] = []
  /** Texts of errors, and how often. */
  readonly errors = new Map<string, number>()
}

export class Load {
  readonly history: History
  readonly keys: readonly string[]
  readonly #options: LoadOptions
  readonly #random: RandomStream
  readonly #running: Promise<void>[] = []
  #experience = new Experience()
  #isStopped = false

  constructor(options: LoadOptions) {
    this.#options = options
    this.#random = new RandomStream(options.seed ?? 1)
    this.history = new History(options)
    this.keys = Array.from({ length: options.keys }, (_, i) => `key-${i}`)
  }

  /** Writes each key once. */
  async fill(): Promise<void> {
    await this.#share((key) => this.#write(key, false))
  }

  /** Starts the clients: each writes its share of the keys, and reads any. */
  start(): void {
    const { clients } = this.#options
    for (let i = 0; i < clients; i++) {
      this.#running.push(this.#work(this.keys.filter((_, position) => position % clients === i)))
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all(this.#running)
  }

  /** Resolves after so many further requests. */
  async progress(requests: number, deadlineMs = 60_000): Promise<void> {
    const experience = this.#experience
    const goal = experience.requests + requests
    const end = Date.now() + deadlineMs
    while (experience.requests < goal) {
      if (Date.now() > end) throw new Error(`no ${requests} requests were answered in ${deadlineMs} ms`)
      await sleep(10)
    }
  }

  /** What was met since the last call. */
  takeExperience(): Experience {
    const taken = this.#experience
    this.#experience = new Experience()
    return taken
  }

  /** Reads every key that has an acknowledged write. */
  async readAll(): Promise<void> {
    await this.#share((key) => this.#read(key), this.history.acknowledgedKeys)
  }

  async #share(work: (key: string) => Promise<void>, keys = this.keys): Promise<void> {
    const left = keys.values()
    const worker = async () => {
      for (const key of left) await work(key)
    }
    await Promise.all(Array.from({ length: this.#options.clients }, worker))
  }

  async #work(ownKeys: readonly string[]): Promise<void> {
    const { pauseMs = 0, deletions = 0, hotKeys = 0 } = this.#options
    const hot = this.keys.slice(0, hotKeys)
    const random = this.#random
    while (!this.#isStopped) {
      if (random.chance(0.5)) await this.#write(random.pick(ownKeys), random.chance(deletions))
      else await this.#read(random.pick(hotKeys > 0 && random.chance(0.5) ? hot : this.keys))
      if (pauseMs > 0) await sleep(pauseMs)
    }
  }

  async #write(key: string, isDeletion: boolean): Promise<void> {
    const { store } = this.#options
    const write = this.history.beginWrite(key, { isDeletion })
    const done = await this.#persist('longestWriteMs', (address, number) => {
      const value = this.history.beginTry(write, number)
      return isDeletion ? store.delete(address, key) : store.put(address, key, value)
    })
    this.history.endWrite(write, done !== undefined)
  }

  async #read(key: string): Promise<void> {
    const read = this.history.beginRead(key)
    const done = await this.#persist('longestReadMs', (address) => this.#options.store.get(address, key))
    const problem = done && this.history.endRead(read, done.result)
    if (problem !== undefined) this.#experience.problems.push(problem)
  }

  /** Tries until there is an answer, each time elsewhere; undefined if there never is one. */
  async #persist<T>(
    longest: 'longestReadMs' | 'longestWriteMs',
    attempt: (address: string, number: number) => Promise<T>,
  ): Promise<{ result: T } | undefined> {
    const begin = performance.now()
    const giveUpMs = this.#options.giveUpMs ?? 30_000
    let last: string | undefined
    for (let tries = 0; performance.now() - begin < giveUpMs; tries++) {
      if (tries > 1) await sleep(RETRY_MS)
      try {
        last = this.#draw(last)
        const result = await attempt(last, tries + 1)
        this.#answered(longest, performance.now() - begin, tries)
        return { result }
      } catch (error) {
        this.#noteError(error as Error)
      }
    }
    this.#answered(longest, Number.POSITIVE_INFINITY, 2)
    return undefined
  }

  #answered(longest: 'longestReadMs' | 'longestWriteMs', ms: number, retries: number): void {
    const experience = this.#experience
    experience.requests++
    experience[longest] = Math.max(experience[longest], ms)
    if (retries > 0) experience.retried++
    if (retries < 2) return
    experience.failed++
    experience.longestOutageMs = Math.max(experience.longestOutageMs, ms)
  }

  #noteError({ message }: Error): void {
    const { errors } = this.#experience
    errors.set(message, (errors.get(message) ?? 0) + 1)
  }

  /** Another one than the last, if there is another. */
  #draw(last: string | undefined): string {
    const addresses = this.#options.addresses()
    if (addresses.length === 0) throw new Error('the Service has no pod that is ready')
    const others = addresses.filter((address) => address !== last)
    return this.#random.pick(others.length > 0 ? others : addresses)
  }
}
