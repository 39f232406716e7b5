// The calls of a cache: arguments are checked before anything else happens.
import type { Member } from '@rollcall/membership'
import { partitionOf } from '@rollcall/ring'
import type {
  Cache,
  CacheReadiness,
  CacheStats,
  Condition,
  Found,
  Held,
  Loaded,
  LoadOptions,
  RequestOptions,
  SetOptions,
  Written,
} from './cache.ts'
import { Callers } from './callers.ts'
import { type Engine, startEngine } from './engine.ts'
import { CacheError, closed } from './errors.ts'
import { argument, checkKey, checkValue, limits } from './limits.ts'
import { Loader } from './loads/loader.ts'
import { checkNames, checkTtl, checkWhole, MAX_TIMEOUT_MS, type Settings } from './options.ts'
import { bytesOf, type Kept, keep } from './store/kept.ts'
import type { Store } from './store/store.ts'
import type { Time } from './time.ts'
import type { Change, Done } from './writes/write.ts'

/** How often a pod that leaves looks whether the others have everything. */
const SETTLED_POLL_MS = 20
const MINORITY_TEXT = 'It is in a minority, where writes are refused and values may be stale.'
const REQUEST_OPTIONS = ['timeoutMs', 'signal']
const LOAD_OPTIONS = [...REQUEST_OPTIONS, 'ttlMs']
const NO_OPTIONS = {}
const DELETE: Change = {
  kind: 'delete',
  value: undefined,
  ttlMs: Number.POSITIVE_INFINITY,
  condition: undefined,
  by: 0n,
}
const SET_OPTIONS = [...REQUEST_OPTIONS, 'ttlMs', 'condition']

export class DistributedCache implements Cache {
  readonly limits = limits
  readonly #settings: Settings
  readonly #time: Time
  readonly #engine: Engine
  readonly #loader: Loader
  readonly #callers = new Callers()

  constructor(settings: Settings, time: Time) {
    this.#settings = settings
    this.#time = time
    this.#engine = startEngine(settings, time)
    const { clock, store, standing } = this.#engine
    this.#loader = new Loader({
      ...{ cluster: settings.cluster, time, store, clock, standing },
      get: (key, timeoutMs) => this.get(key, { timeoutMs }),
      set: async (key, value, ttlMs, grant, timeoutMs) =>
        this.#write(isWritten, key, setting(keep(value), ttlMs, grant), { timeoutMs }),
    })
    settings.cluster.beforeGoodbye(({ signal }) => this.#handOver(signal))
  }

  read(key: string): Held | undefined | Promise<Held | undefined> {
    if (this.#engine.standing.isClosed) throw closed()
    return this.#engine.reader.read(key)
  }

  async get(key: string, options?: RequestOptions): Promise<Found | undefined> {
    this.#requireOpen()
    const held = await this.#find(key, options)
    return held && toFound(held)
  }

  #find(key: string, options?: RequestOptions): Held | undefined | Promise<Held | undefined> {
    const { reader } = this.#engine
    if (options === undefined) return reader.read(key)
    checkNames(options, 'get', REQUEST_OPTIONS)
    const held = reader.read(key, this.#timeoutOf(options))
    if (!(held instanceof Promise)) return held
    return this.#within(options.timeoutMs, options.signal, held, 'no answer in time')
  }

  /** No async function: its promise and what it keeps over the wait were a fifth of the garbage of a write. */
  set(key: string, value: Uint8Array, options: SetOptions = NO_OPTIONS): Promise<Written> {
    try {
      return this.#set(key, value, options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #set(key: string, value: Uint8Array, options: SetOptions): Promise<Written> {
    const { ttlMs = this.#settings.ttlMs, condition } = checkNames(options, 'set', SET_OPTIONS)
    const ttl = checkTtl('ttlMs', ttlMs)
    const kept = keep(checkValue(value))
    return this.#write(toWritten, key, setting(kept, ttl, checkCondition(condition)), options)
  }

  async delete(key: string, options: RequestOptions = {}): Promise<boolean> {
    checkNames(options, 'delete', REQUEST_OPTIONS)
    return this.#write(isWritten, key, DELETE, options)
  }

  async expire(key: string, ttlMs: number, options: RequestOptions = {}): Promise<boolean> {
    checkNames(options, 'expire', REQUEST_OPTIONS)
    const change: Change = { ...DELETE, kind: 'expire', ttlMs: checkTtl('ttlMs', ttlMs) }
    return this.#write(isWritten, key, change, options)
  }

  async increment(key: string, by: bigint, options: RequestOptions = {}): Promise<bigint> {
    checkNames(options, 'increment', REQUEST_OPTIONS)
    if (typeof by !== 'bigint') throw argument('by', 'a bigint', by)
    if (BigInt.asIntN(64, by) !== by) throw argument('by', 'a bigint of 64 bits', by)
    return this.#write(sumOf, key, { ...DELETE, kind: 'increment', by }, options)
  }

  async getOrLoad(
    key: string,
    loader: (key: string, signal: AbortSignal) => Promise<Loaded>,
    options: LoadOptions = {},
  ): Promise<Found> {
    this.#requireOpen()
    if (typeof loader !== 'function') throw argument('loader', 'a function', loader)
    checkNames(options, 'getOrLoad', LOAD_OPTIONS)
    const ttlMs = checkTtl('ttlMs', options.ttlMs ?? this.#settings.ttlMs)
    const { signal } = options
    const timeoutMs = this.#timeoutOf(options)
    const deadline = this.#time.now() + timeoutMs
    const found = await this.get(key, { timeoutMs, ...(signal && { signal }) })
    if (found !== undefined) return found
    signal?.throwIfAborted()
    const request = { key, loader, ttlMs, deadline }
    return this.#within(undefined, signal, this.#loader.getOrLoad(request))
  }

  async invalidate(prefix: string, options: RequestOptions = {}): Promise<number> {
    this.#requireOpen()
    checkNames(options, 'invalidate', REQUEST_OPTIONS)
    if (prefix !== '') checkKey(prefix)
    const timeoutMs = this.#timeoutOf(options)
    const deadline = this.#time.now() + timeoutMs
    return this.#within(timeoutMs, options.signal, this.#engine.invalidator.invalidate(prefix, deadline))
  }

  /** For tests. */
  get store(): Store {
    return this.#engine.store
  }

  get readiness(): CacheReadiness {
    const { goFirst, text: mismatch = '' } = this.#engine.standing.ownership.rivals
    if (goFirst) return { isReady: false, reason: 'replicas-differ', text: mismatch }
    const allowMinority = this.#settings.inMinority === 'serve-stale'
    const { ready, reason, text } = this.#settings.cluster.readiness({ allowMinority })
    const { holdings, isFilled, trust } = this.#engine.standing
    if (ready && !isFilled) {
      return {
        isReady: false,
        reason: 'filling',
        text: `${holdings.missingCount} partitions are not in sync yet.`,
      }
    }
    const isLimited = ready && trust.isMinority
    return { isReady: ready, reason, text: isLimited ? `${text} ${MINORITY_TEXT}` : text }
  }

  get mismatch(): string | undefined {
    return this.#engine.standing.ownership.rivals.text
  }

  ownersOf(key: string): readonly Member[] {
    return this.#engine.standing.ownership.ownersOf(partitionOf(checkKey(key))).map(({ member }) => member)
  }

  get stats(): CacheStats {
    const { size, bytes, maxBytes, evictions } = this.#engine.store
    const { holdings, ownership, trust } = this.#engine.standing
    const { hits, misses, nearHits, repairs, forwarded } = this.#engine.reader
    return {
      ...{ entries: size, bytes, maxBytes, evictions, hits, misses, nearHits, repairs },
      forwarded: forwarded + this.#engine.writer.forwarded,
      loads: this.#loader.loads,
      missingPartitions: holdings.missingCount,
      pods: ownership.others.filter(({ state }) => state === 'alive').length + 1,
      majority: trust.isMinority ? 0 : 1,
    }
  }

  /** Every field is named: an object put together from parts takes longer than the rest of a write. */
  #write<T>(
    toResult: (done: Done) => T,
    key: string,
    { kind, value, ttlMs, condition, by }: Change,
    options: RequestOptions,
  ): Promise<T> {
    this.#requireOpen()
    const timeoutMs = this.#timeoutOf(options)
    const partition = partitionOf(checkKey(key))
    const deadline = this.#time.now() + timeoutMs
    const { writer } = this.#engine
    const number = writer.nextNumber()
    const isGivenUp = false
    const done = writer.write(
      { kind, key, partition, value, ttlMs, condition, by, deadline, number, isGivenUp },
      toResult,
      options.signal,
    )
    return options.timeoutMs === undefined ? done : this.#within(timeoutMs, undefined, done)
  }

  /** Waits no longer than that: a batch may wait longer than one of its operations. */
  #within<T>(
    timeoutMs: number | undefined,
    signal: AbortSignal | undefined,
    result: Promise<T>,
    lateText = 'no answer in time; a write may have been done',
  ): Promise<T> {
    if (timeoutMs === undefined && signal === undefined) return result
    return new Promise((resolve, reject) => {
      const call = { giveUp: reject, place: 0 }
      const late = () => reject(new CacheError('ERR_CACHE_UNAVAILABLE', lateText))
      const cancel = timeoutMs === undefined ? undefined : this.#time.after(timeoutMs, late)
      const calls = signal && this.#callers.of(signal)
      calls?.add(call)
      const end = () => {
        cancel?.()
        calls?.delete(call)
      }
      result.then(resolve, reject).finally(end)
    })
  }

  /** Checks the options of any call. @throws CacheError, or the reason of a signal that is aborted */
  #timeoutOf({ timeoutMs = this.#settings.requestTimeoutMs, signal }: RequestOptions): number {
    if (signal !== undefined && !(signal instanceof AbortSignal))
      throw argument('signal', 'an AbortSignal', signal)
    signal?.throwIfAborted()
    return checkWhole('timeoutMs', timeoutMs, 1, MAX_TIMEOUT_MS)
  }

  #requireOpen(): void {
    if (this.#engine.standing.isClosed) throw closed()
  }

  /** Resolves once those who stay have everything, or at the signal. */
  async #handOver(signal: AbortSignal): Promise<void> {
    const { standing } = this.#engine
    while (!signal.aborted && !standing.isSettled && standing.ownership.members.length > 0) {
      await this.#time.sleep(SETTLED_POLL_MS)
    }
  }
}

function setting(value: Kept, ttlMs: number, condition: Change['condition']): Change {
  return { kind: 'set', value, ttlMs, condition, by: 0n }
}

function toFound({ kept, expiresAtMs, version, isStale }: Held): Found {
  return { value: bytesOf(kept), expiresAtMs, version, isStale }
}

function isWritten({ isWritten }: Done): boolean {
  return isWritten
}

function sumOf({ sum }: Done): bigint {
  return sum
}

function toWritten({ isWritten, copies, wanted }: Done): Written {
  return { isWritten, copies, wanted }
}

function checkCondition(condition: unknown): Condition | undefined {
  if (condition === undefined || condition === 'absent' || condition === 'present') return condition
  throw argument('condition', '"absent" or "present"', condition)
}
