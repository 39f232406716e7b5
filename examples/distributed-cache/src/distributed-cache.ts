// The cache: its parts put together, and arguments checked before anything else happens.
import type { Cluster, Member } from '@rollcall/membership'
import { partitionOf } from '@rollcall/ring'
import type {
  Cache,
  CacheReadiness,
  CacheStats,
  Condition,
  Found,
  Loaded,
  LoadOptions,
  RequestOptions,
  SetOptions,
  Written,
} from './cache.ts'
import { CacheError, closed } from './errors.ts'
import { servePulls } from './handover/pull-service.ts'
import { Puller } from './handover/puller.ts'
import { Invalidator } from './invalidation/invalidator.ts'
import { argument, checkKey, checkValue, limits } from './limits.ts'
import { Loader } from './loads/loader.ts'
import { NearCache } from './near/near-cache.ts'
import { checkTtl, checkWhole, MAX_TIMEOUT_MS, type Settings } from './options.ts'
import { Standing } from './placement/standing.ts'
import { serveReads } from './reads/read-service.ts'
import { Reader } from './reads/reader.ts'
import { ownBytes } from './store/entry.ts'
import { HybridClock } from './store/hybrid-clock.ts'
import { Store } from './store/store.ts'
import { sweep } from './sweeper.ts'
import type { Time } from './time.ts'
import { Lane } from './wire/lane.ts'
import { copyTopic, readTopic, writeTopic } from './wire/topics.ts'
import { Coordinator } from './writes/coordinator.ts'
import { BLIND, Copy } from './writes/copy.ts'
import { serveCopies } from './writes/copy-service.ts'
import type { Done, WriteKind } from './writes/write.ts'
import { serveWrites } from './writes/write-service.ts'
import { Writer } from './writes/writer.ts'

/** A read asks the next owner after that: a frozen pod keeps nobody waiting for long. */
const READ_MS = 500
/** A copy is sent again after that. */
const COPY_MS = 1000

export class DistributedCache implements Cache {
  readonly limits = limits
  readonly #cluster: Cluster
  readonly #time: Time
  readonly #settings: Settings
  readonly #store: Store
  readonly #standing: Standing
  readonly #reader: Reader
  readonly #writer: Writer
  readonly #loader: Loader
  readonly #invalidator: Invalidator

  constructor(settings: Settings, time: Time) {
    const { cluster, maxBytes, nearLeaseMs, replicas, requestTimeoutMs } = settings
    const store = new Store(maxBytes)
    const clock = new HybridClock(() => time.now())
    const standing: Standing = new Standing(cluster, time, store, replicas, () => puller.fill())
    const parts = { cluster, time, standing, store, clock }
    const puller = new Puller(parts)
    const placementId = () => standing.ownership.id
    const reads = new Lane({ cluster, time, topic: readTopic, timeoutMs: READ_MS, placementId })
    const writes = () =>
      new Lane({ cluster, time, topic: writeTopic, timeoutMs: MAX_TIMEOUT_MS, placementId })
    const copies = new Lane({ cluster, time, topic: copyTopic, timeoutMs: COPY_MS, placementId })
    const near = nearLeaseMs > 0 ? new NearCache(maxBytes) : undefined
    const isFewEnough = settings.whenFewCopies === 'mark'
    const coordinator = new Coordinator({ ...parts, copies, self: cluster.view.self.name, isFewEnough })
    this.#cluster = cluster
    this.#time = time
    this.#settings = settings
    this.#store = store
    this.#standing = standing
    this.#writer = new Writer({
      ...{ time, standing, coordinator, lane: writes(), slowLane: writes() },
      wrote: ({ key, partition }) => near?.wrote(key, partition, time.now()),
    })
    this.#reader = new Reader({
      ...{ time, standing, store, near, lane: reads, timeoutMs: requestTimeoutMs },
      isStaleServed: settings.inMinority === 'serve-stale',
      repair: (member, key, entry) => {
        const deadline = time.now() + COPY_MS
        copies.post(member, new Copy(member, { key, entry, basis: BLIND, deadline }, () => {}))
      },
    })
    this.#loader = new Loader({
      ...parts,
      get: (key, timeoutMs) => this.get(key, { timeoutMs }),
      set: (key, value, ttlMs) => this.set(key, value, { ttlMs }),
    })
    this.#invalidator = new Invalidator({ ...parts, near })
    serveReads({ ...parts, nearLeaseMs })
    serveWrites(cluster, time, coordinator)
    serveCopies({ ...parts, goesFirst: (key, other) => coordinator.goesFirst(key, other) })
    servePulls(parts)
    cluster.beforeGoodbye(({ signal }) => this.#handOver(signal))
    standing.start(time)
    void sweep(time, standing, store)
  }

  read(key: string): Found | undefined | Promise<Found | undefined> {
    if (this.#standing.isClosed) throw closed()
    return this.#reader.read(key)
  }

  async get(key: string, options?: RequestOptions): Promise<Found | undefined> {
    this.#requireOpen()
    if (options?.timeoutMs === undefined) return this.#reader.read(key)
    const timeoutMs = this.#timeoutOf(options)
    const found = this.#reader.read(key, timeoutMs)
    return found instanceof Promise ? this.#within(timeoutMs, found) : found
  }

  async set(key: string, value: Uint8Array, options: SetOptions = {}): Promise<Written> {
    const { ttlMs = this.#settings.ttlMs, condition } = options
    const ttl = checkTtl('ttlMs', ttlMs)
    const bytes = ownBytes(checkValue(value))
    const done = await this.#write('set', key, options, bytes, ttl, checkCondition(condition))
    return { isWritten: done.isWritten, copies: done.copies, wanted: done.wanted }
  }

  async delete(key: string, options: RequestOptions = {}): Promise<boolean> {
    return (await this.#write('delete', key, options)).isWritten
  }

  async expire(key: string, ttlMs: number, options: RequestOptions = {}): Promise<boolean> {
    return (await this.#write('expire', key, options, undefined, checkTtl('ttlMs', ttlMs))).isWritten
  }

  async increment(key: string, by: bigint, options: RequestOptions = {}): Promise<bigint> {
    if (typeof by !== 'bigint') throw argument('by', 'a bigint', by)
    if (BigInt.asIntN(64, by) !== by) throw argument('by', 'a bigint of 64 bits', by)
    return (await this.#write('increment', key, options, undefined, undefined, undefined, by)).sum
  }

  async getOrLoad(
    key: string,
    loader: (key: string) => Promise<Loaded>,
    options: LoadOptions = {},
  ): Promise<Found> {
    this.#requireOpen()
    if (typeof loader !== 'function') throw argument('loader', 'a function', loader)
    const ttlMs = checkTtl('ttlMs', options.ttlMs ?? this.#settings.ttlMs)
    const timeoutMs = this.#timeoutOf(options)
    const found = await this.#reader.read(key, timeoutMs)
    if (found !== undefined) return found
    const request = { key, loader, ttlMs, deadline: this.#time.now() + timeoutMs }
    return this.#within(timeoutMs, this.#loader.getOrLoad(request))
  }

  async invalidate(prefix: string, options: RequestOptions = {}): Promise<number> {
    this.#requireOpen()
    if (prefix !== '') checkKey(prefix)
    const timeoutMs = this.#timeoutOf(options)
    return this.#within(timeoutMs, this.#invalidator.invalidate(prefix, this.#time.now() + timeoutMs))
  }

  get readiness(): CacheReadiness {
    const allowMinority = this.#settings.inMinority === 'serve-stale'
    const { ready, reason, text } = this.#cluster.readiness({ allowMinority })
    if (!ready || this.#standing.isFilled) return { isReady: ready, reason, text }
    const missing = this.#standing.holdings.missingCount
    return { isReady: false, reason: 'filling', text: `${missing} partitions are not in sync yet` }
  }

  ownersOf(key: string): readonly Member[] {
    return this.#standing.ownership.ownersOf(partitionOf(checkKey(key))).map(({ member }) => member)
  }

  get stats(): CacheStats {
    const { size, bytes, maxBytes, evictions } = this.#store
    const { hits, misses, nearHits, repairs, forwarded } = this.#reader
    return {
      ...{ entries: size, bytes, maxBytes, evictions, hits, misses, nearHits, repairs },
      forwarded: forwarded + this.#writer.forwarded,
      loads: this.#loader.loads,
      missingPartitions: this.#standing.holdings.missingCount,
    }
  }

  /** Every field is given in its place: an object put together from parts takes longer than the rest of a write. */
  #write(
    kind: WriteKind,
    key: string,
    options: RequestOptions,
    value?: Uint8Array,
    ttlMs = Number.POSITIVE_INFINITY,
    condition?: Condition,
    by = 0n,
  ): Promise<Done> {
    this.#requireOpen()
    const timeoutMs = this.#timeoutOf(options)
    const partition = partitionOf(checkKey(key))
    const deadline = this.#time.now() + timeoutMs
    const done = this.#writer.write({ kind, key, partition, value, ttlMs, condition, by, deadline })
    return options.timeoutMs === undefined ? done : this.#within(timeoutMs, done)
  }

  /** A batch may wait longer than one of its operations. */
  #within<T>(timeoutMs: number, result: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.#time.after(timeoutMs, () => {
        reject(new CacheError('ERR_CACHE_UNAVAILABLE', 'no answer in time; a write may have been done'))
      })
      result.then(resolve, reject).finally(cancel)
    })
  }

  #timeoutOf({ timeoutMs = this.#settings.requestTimeoutMs }: RequestOptions): number {
    return checkWhole('timeoutMs', timeoutMs, 1, MAX_TIMEOUT_MS)
  }

  #requireOpen(): void {
    if (this.#standing.isClosed) throw closed()
  }

  /** Resolves once those who stay have everything, or at the signal. */
  async #handOver(signal: AbortSignal): Promise<void> {
    for await (const _ of this.#cluster.changes({ signal })) {
      if (this.#standing.isSettled || this.#standing.ownership.members.length === 0) return
    }
  }
}

function checkCondition(condition: unknown): Condition | undefined {
  if (condition === undefined || condition === 'absent' || condition === 'present') return condition
  throw argument('condition', '"absent" or "present"', condition)
}
