// What the cache offers to a program: the seam between the distributed store and what serves it to clients.
import type { Member } from '@rollcall/membership'

/** What was found for a key: plain data. */
export interface Found {
  /** Not to be written to: it may be what the cache holds, not a copy. */
  readonly value: Uint8Array
  /** When it ends, in ms since 1970 by the clock of the pod that wrote it; undefined if it does not. */
  readonly expiresAtMs: number | undefined
  /** Rises with each write of the key. */
  readonly version: number
  /**
   * Whether a newer write may be acknowledged elsewhere without this pod's knowledge, for this pod is in a minority. A
   * near copy under its short lease is not marked.
   */
  readonly isStale: boolean
}

/** The same as the cache holds it, perhaps the very object: it is the cache's own, which may have more fields. */
export interface Held extends Omit<Found, 'value'> {
  /** The value, for those who copy it on: a short one is a text, a character of Latin-1 for each byte. */
  readonly kept: string | Uint8Array
}

/** Which state of the key lets a write be done: `absent` as Redis' NX, `present` as its XX. */
export type Condition = 'absent' | 'present'

export interface RequestOptions {
  /** Rejects after that with ERR_CACHE_UNAVAILABLE. Default: the cache's `requestTimeoutMs`. */
  readonly timeoutMs?: number
  /**
   * Gives the call up: it rejects with the signal's reason. A write that has not begun by then is never done. One that has begun may
   * be done still, but never above what is written later on.
   */
  readonly signal?: AbortSignal
}

export interface SetOptions extends RequestOptions {
  /** The entry ends after so many ms, a whole number above 0; `Infinity` for never. Default: the cache's `ttlMs`. */
  readonly ttlMs?: number
  /** Decided by the first owner of the key. Default: written in any case. */
  readonly condition?: Condition
}

/** Those of `getOrLoad`: how long it waits, and how long what the loader gives lives unless that says so itself. */
export type LoadOptions = Omit<SetOptions, 'condition'>

/** What became of a write. */
export interface Written {
  /** False if the condition was not met. */
  readonly isWritten: boolean
  /** How many owners have it; 0 if it was not written. */
  readonly copies: number
  /** How many ought to: the fewer of `replicas` and of the pods there are. More than `copies` only with `whenFewCopies: 'mark'`. */
  readonly wanted: number
}

/** What a loader gives: the value, and how long it holds (default: the cache's `ttlMs`). */
export type Loaded = Uint8Array | { readonly value: Uint8Array; readonly ttlMs?: number }

/**
 * A replicated, sharded cache in the memory of all pods. Keys are texts of 1 to `maxKeyBytes` bytes in UTF-8, values are bytes.
 * All calls reject with CacheError; none waits longer than its deadline.
 */
export interface Cache {
  /**
   * The value of a key, from this pod or, one hop away, from an owner; undefined if there is none. In a minority it is
   * the one that is here, marked stale; where there is none here, it rejects with ERR_CACHE_MINORITY.
   */
  get(key: string, options?: RequestOptions): Promise<Found | undefined>
  /**
   * As `get`, but answers at once where the answer is in this pod, and makes nothing of it: for servers that answer many at a
   * time. Throws CacheError then.
   */
  read(key: string): Held | undefined | Promise<Held | undefined>
  /** Writes; resolves when all owners that must have it have it. `value` is copied before this returns. */
  set(key: string, value: Uint8Array, options?: SetOptions): Promise<Written>
  /** Removes; resolves with whether there was something. */
  delete(key: string, options?: RequestOptions): Promise<boolean>
  /** Lets a key end after `ttlMs`, `Infinity` for never; resolves with whether there was something. Decided by the first owner. */
  expire(key: string, ttlMs: number, options?: RequestOptions): Promise<boolean>
  /**
   * Adds to a decimal whole number (absent is 0), keeping its time to live, at the first owner; resolves with the sum. Rejects with
   * ERR_CACHE_NOT_A_NUMBER, and with ERR_CACHE_OUT_OF_RANGE beyond 64 bits.
   */
  increment(key: string, by: bigint, options?: RequestOptions): Promise<bigint>
  /**
   * The value, or else what `loader` gives, which is written then, unless the key was written, deleted or invalidated since
   * the load began. What cannot be written is returned all the same, with version 0. At any time one pod loads a key, and all who
   * ask for it wait for that (two may while a link is cut, or an owner stands still); an error of the loader reaches all
   * of them, as ERR_CACHE_LOAD in other pods, and is not kept. A loader that takes over a minute holds up nobody any more, and
   * its `signal` is aborted. So it is when this pod has left, which ends all calls here with ERR_CACHE_CLOSED; in other pods, one
   * loads anew.
   */
  getOrLoad(
    key: string,
    loader: (key: string, signal: AbortSignal) => Promise<Loaded>,
    options?: LoadOptions,
  ): Promise<Found>
  /**
   * Removes all keys that begin with `prefix`, in all pods; resolves with how many there were at most. Rejects with
   * ERR_CACHE_UNAVAILABLE after 10,000 different prefixes within 11 minutes.
   */
  invalidate(prefix: string, options?: RequestOptions): Promise<number>
  /** Whether this pod has all that it owns, and requests may come to it: for a readiness probe. */
  readonly readiness: CacheReadiness
  /** Which pods keep another number of copies than this one, in words; undefined if none does. */
  readonly mismatch: string | undefined
  /** The owners of a key, the first owner first: for diagnosis. */
  ownersOf(key: string): readonly Member[]
  readonly stats: CacheStats
  readonly limits: CacheLimits
}

export interface CacheReadiness {
  readonly isReady: boolean
  /**
   * Those of `cluster.readiness()`; `filling`: not all ranges are in sync yet; `replicas-differ`: pods that keep another
   * number of copies go first.
   */
  readonly reason: string
  readonly text: string
}

/** All counted since the start, except `entries`, `bytes`, `missingPartitions`, `pods` and `majority`. */
export interface CacheStats {
  readonly entries: number
  /** What they take, as counted for `maxBytes`. */
  readonly bytes: number
  readonly maxBytes: number
  readonly evictions: number
  readonly hits: number
  readonly misses: number
  /** Reads answered by a near copy under a lease. */
  readonly nearHits: number
  /** Reads and writes forwarded to an owner. */
  readonly forwarded: number
  /** Entries that a read has brought to an owner that lacked them. */
  readonly repairs: number
  readonly loads: number
  /** Partitions that this pod owns and has not all of yet. */
  readonly missingPartitions: number
  /** Pods of the cache that are alive and not under suspicion, this one included. */
  readonly pods: number
  /** 0 while this pod is in a minority, where writes are refused; else 1. */
  readonly majority: number
}

export interface CacheLimits {
  /** 1,024. */
  readonly maxKeyBytes: number
  /** 1 MiB. */
  readonly maxValueBytes: number
}
