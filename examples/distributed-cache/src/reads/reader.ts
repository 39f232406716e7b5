// Reads keys: from what is here where this pod has all of the partition, else from an owner, one hop away.
import type { Member } from '@rollcall/membership'
import { partitionOf } from '@rollcall/ring'
import type { Held } from '../cache.ts'
import { CacheError, closed } from '../errors.ts'
import { checkKey } from '../limits.ts'
import type { NearCache } from '../near/near-cache.ts'
import type { Standing } from '../placement/standing.ts'
import { type Entry, isNewer } from '../store/entry.ts'
import type { Store } from '../store/store.ts'
import type { Time } from '../time.ts'
import type { Lane } from '../wire/lane.ts'
import { Comparison } from './comparison.ts'
import { Hedges } from './hedges.ts'
import { Read, type ReadHost, stale } from './read.ts'
import type { ReadAnswer } from './read-wire.ts'

/** Between two rounds over all owners. */
const RETRY_MS = 10
/** Of so many reads of keys that are here one is compared with what another owner has. */
const SAMPLE = 256

export interface ReaderParts {
  readonly time: Time
  readonly standing: Standing
  readonly store: Store
  readonly lane: Lane
  readonly timeoutMs: number
  readonly isStaleServed: boolean
  /** Copies under a lease; undefined if there are to be none. */
  readonly near: NearCache | undefined
  /** Brings an entry to a pod that lacks it. */
  readonly repair: (member: Member, key: string, entry: Entry) => void
}

export class Reader {
  readonly #parts: ReaderParts
  readonly #host: ReadHost
  readonly #hedges = new Hedges()
  #again: Read[] = []
  hits = 0
  misses = 0
  repairs = 0
  forwarded = 0
  nearHits = 0

  constructor(parts: ReaderParts) {
    this.#parts = parts
    this.#host = {
      now: () => parts.time.now(),
      date: () => parts.time.date(),
      post: (member, operation) => parts.lane.post(member, operation),
      again: (read) => this.#later(read),
      silent: (member, error) => this.#silent(member, error),
      late: (member) => parts.standing.routes.slow(member),
      mayAskBeside: () => this.#hedges.take(),
      count: (found) => this.#count(found),
      repair: (member, key, entry) => this.#repair(member, key, entry),
      lease: (key, entry, leaseMs, askedAt) => {
        if (!parts.store.invalidations.covers(key, entry.version))
          parts.near?.put(key, entry, leaseMs, askedAt)
      },
    }
  }

  /** At once where the answer is here. @throws CacheError */
  read(key: string, timeoutMs = this.#parts.timeoutMs): Held | undefined | Promise<Held | undefined> {
    const { near, time, standing, store } = this.#parts
    const now = time.now()
    standing.trust.look(now)
    if (standing.trust.isMinority) return this.#readInMinority(key, now, timeoutMs)
    const entry = store.get(key)
    if (entry !== undefined && standing.serves(entry.partition)) {
      if (!entry.isLive(time.date())) return this.#count(undefined)
      if (++this.hits % SAMPLE === 0) this.#compare(key, entry)
      return entry
    }
    const copy = near?.get(key, now, time.date())
    if (copy === undefined) return this.#ask(key, now + timeoutMs)
    this.nearHits++
    return this.#count(copy)
  }

  /** A value that is here will do: nothing newer can be had. That there is none nobody knows here. */
  #readInMinority(key: string, now: number, timeoutMs: number): Held | Promise<Held | undefined> {
    const { isStaleServed, store, time } = this.#parts
    if (!isStaleServed) throw minority('where reads are refused')
    const entry = store.get(key)
    if (!entry?.isLive(time.date())) return this.#ask(key, now + timeoutMs)
    this.hits++
    return stale(entry)
  }

  #ask(key: string, deadline: number): Promise<Held | undefined> {
    const read = new Read(this.#host, key, partitionOf(checkKey(key)), deadline)
    this.#begin(read)
    return read.promise
  }

  #count(found: Held | undefined): Held | undefined {
    if (found === undefined) this.misses++
    else this.hits++
    return found
  }

  #begin(read: Read) {
    const { standing, store, time } = this.#parts
    const isHere = standing.serves(read.partition) && !standing.trust.isMinority
    const entry = isHere ? store.get(read.key) : undefined
    if (entry !== undefined) return read.resolve(entry.isLive(time.date()) ? entry : undefined)
    if (!isHere) this.forwarded++
    this.#hedges.asked()
    read.begin(standing.routes.of(read.partition).sources, isHere)
  }

  /** One pause for all that wait. */
  #later(read: Read) {
    if (this.#parts.standing.isClosed) return read.reject(closed())
    if (this.#parts.standing.trust.isMinority) return read.reject(minority('and the key is not here'))
    this.#again.push(read)
    if (this.#again.length > 1) return
    void this.#parts.time.sleep(RETRY_MS).then(() => {
      const reads = this.#again
      this.#again = []
      for (const again of reads) this.#begin(again)
    })
  }

  #silent(member: Member, error: unknown) {
    if (isTimeout(error)) this.#parts.standing.routes.slow(member)
  }

  #repair(member: Member | undefined, key: string, entry: Entry) {
    const { standing, store } = this.#parts
    if (member !== undefined) this.#parts.repair(member, key, entry)
    else if (!standing.serves(entry.partition) || !store.take(key, entry)) return
    this.repairs++
  }

  /** Evictions aside, all owners have the same. */
  #compare(key: string, entry: Entry) {
    const { lane, standing, time, timeoutMs } = this.#parts
    const other = standing.routes.of(entry.partition).sources[0]
    if (other === undefined) return
    const post = (largeBytes: number) => {
      lane.post(other, new Comparison(key, entry.partition, time.now() + timeoutMs, largeBytes, done))
    }
    const done = (answer: ReadAnswer) => {
      if (answer.type === 'large' && answer.version !== entry.version) post(answer.bytes)
      else if (answer.type === 'missing') this.#repair(other, key, entry)
      else if (answer.type === 'known' && isNewer(entry, answer.entry)) this.#repair(other, key, entry)
      else if (answer.type === 'known' && isNewer(answer.entry, entry))
        this.#repair(undefined, key, answer.entry)
    }
    post(0)
  }
}

function minority(why: string): CacheError {
  return new CacheError('ERR_CACHE_MINORITY', `this pod is in a minority, ${why}`)
}

function isTimeout(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'ERR_ROLLCALL_REQUEST_TIMEOUT'
}
