// A cache in one process, without a cluster: what the servers are tested on. Answers at once, or as a remote owner would:
// later, and when the test lets it.
import { Callers } from '../src/callers.ts'
import {
  type Cache,
  CacheError,
  type CacheErrorCode,
  type CacheReadiness,
  type CacheStats,
  type Found,
  type Held,
  type RequestOptions,
  type SetOptions,
  type Written,
} from '../src/index.ts'

const MAX = 2n ** 63n - 1n

export class MemoryCache implements Cache {
  readonly limits = { maxKeyBytes: 1024, maxValueBytes: 1024 * 1024 }
  mismatch: string | undefined
  readiness: CacheReadiness = { isReady: true, reason: 'ready', text: 'ready' }
  /** Whether a key is one of another pod: then its answer takes a while. */
  isRemote: (key: string) => boolean = () => false
  /** What a remote answer waits for. */
  remote: () => Promise<unknown> = () => new Promise((resolve) => setImmediate(resolve))
  /** With it all calls fail. */
  failure: CacheErrorCode | undefined
  /** What entries that are written from now on are marked with. */
  isStale = false
  /** How many of two copies a write comes to. */
  copies = 2
  readonly #entries = new Map<string, Found & Held>()
  readonly #callers = new Callers()
  #version = 0

  read(key: string): Held | undefined | Promise<Held | undefined> {
    return this.isRemote(key) ? this.get(key) : this.#read(key)
  }

  async get(key: string): Promise<(Found & Held) | undefined> {
    await this.#travel(key)
    return this.#read(key)
  }

  async set(key: string, given: Uint8Array, options: SetOptions = {}): Promise<Written> {
    const value = new Uint8Array(given)
    await this.#travel(key, options)
    const { ttlMs = Number.POSITIVE_INFINITY, condition } = options
    const isThere = this.#read(key) !== undefined
    if (value.length > this.limits.maxValueBytes)
      throw new CacheError('ERR_CACHE_VALUE_TOO_LARGE', 'too large')
    const isWritten = condition === undefined || (condition === 'present') === isThere
    if (isWritten)
      this.#write(key, value, ttlMs === Number.POSITIVE_INFINITY ? undefined : Date.now() + ttlMs)
    return { isWritten, copies: this.copies, wanted: 2 }
  }

  async delete(key: string, options?: RequestOptions): Promise<boolean> {
    await this.#travel(key, options)
    const isThere = this.#read(key) !== undefined
    this.#entries.delete(key)
    return isThere
  }

  async expire(key: string, ttlMs: number, options?: RequestOptions): Promise<boolean> {
    await this.#travel(key, options)
    const found = this.#read(key)
    if (found === undefined) return false
    this.#write(key, found.value, ttlMs === Number.POSITIVE_INFINITY ? undefined : Date.now() + ttlMs)
    return true
  }

  async increment(key: string, by: bigint, options?: RequestOptions): Promise<bigint> {
    await this.#travel(key, options)
    const found = this.#read(key)
    const text = found === undefined ? '0' : Buffer.from(found.value).toString()
    if (!/^-?\d{1,19}$/.test(text)) throw new CacheError('ERR_CACHE_NOT_A_NUMBER', `${key} is no number`)
    const sum = BigInt(text) + by
    if (sum > MAX || sum < -MAX - 1n)
      throw new CacheError('ERR_CACHE_OUT_OF_RANGE', `${key} would be too large`)
    this.#write(key, Buffer.from(String(sum)), found?.expiresAtMs)
    return sum
  }

  async getOrLoad(): Promise<Found> {
    throw new CacheError('ERR_CACHE_LOAD', 'not in this double')
  }

  async invalidate(prefix: string): Promise<number> {
    const keys = [...this.#entries.keys()].filter((key) => key.startsWith(prefix))
    for (const key of keys) this.#entries.delete(key)
    return keys.length
  }

  ownersOf(): readonly [] {
    return []
  }

  get stats(): CacheStats {
    const entries = this.#entries.size
    const counts = { evictions: 0, hits: 0, misses: 0, nearHits: 0, forwarded: 0, repairs: 0, loads: 0 }
    return {
      entries,
      bytes: 100 * entries,
      maxBytes: 1_000_000,
      missingPartitions: 0,
      pods: 1,
      majority: 1,
      ...counts,
    }
  }

  #read(key: string): (Found & Held) | undefined {
    this.#check(key)
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    const isOver = entry.expiresAtMs !== undefined && entry.expiresAtMs <= Date.now()
    return isOver ? undefined : entry
  }

  #write(key: string, value: Uint8Array, expiresAtMs: number | undefined): void {
    this.#entries.set(key, {
      value,
      kept: value,
      expiresAtMs,
      version: ++this.#version,
      isStale: this.isStale,
    })
  }

  /** Who gives up before the answer has nothing done. */
  async #travel(key: string, { signal }: RequestOptions = {}): Promise<void> {
    this.#check(key)
    signal?.throwIfAborted()
    if (!this.isRemote(key)) return
    await new Promise((resolve, reject) => {
      if (signal !== undefined) this.#callers.of(signal).add({ giveUp: reject, place: 0 })
      void this.remote().then(resolve)
    })
  }

  #check(key: string): void {
    if (this.failure !== undefined) throw new CacheError(this.failure, `failed on purpose: ${this.failure}`)
    const bytes = Buffer.byteLength(key)
    if (bytes === 0 || bytes > this.limits.maxKeyBytes) {
      throw new CacheError(
        'ERR_CACHE_KEY',
        `a key has 1 to ${this.limits.maxKeyBytes} bytes, this one ${bytes}`,
      )
    }
  }
}
