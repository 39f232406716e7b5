// Copies of hot keys that others own, each for as long as its owner has granted: a read from here may be older than the
// last acknowledged write, by no more than the lease.
import { partitionCount } from '@rollcall/ring'
import { LRUCache } from 'lru-cache'
import type { Entry } from '../store/entry.ts'
import { ENTRY_BYTES } from '../store/store.ts'

/** Beside `maxBytes`. */
const SHARE = 1 / 64
const MAX_COPIES = 4096

interface Copy {
  readonly entry: Entry
  readonly until: number
}

export class NearCache {
  readonly #copies: LRUCache<string, Copy>
  /** When this pod has written in each partition last: an answer on its way may be older than that. */
  readonly #wroteAt = new Float64Array(partitionCount)

  constructor(maxBytes: number) {
    this.#copies = new LRUCache({
      max: MAX_COPIES,
      maxSize: Math.max(1, Math.floor(maxBytes * SHARE)),
      sizeCalculation: ({ entry }, key) => key.length + entry.kept.length + ENTRY_BYTES,
    })
  }

  /** `now` for the lease, `date` for the end of the entry. */
  get(key: string, now: number, date: number): Entry | undefined {
    if (this.#copies.size === 0) return undefined
    const copy = this.#copies.get(key)
    if (copy === undefined) return undefined
    if (copy.until > now && copy.entry.isLive(date)) return copy.entry
    this.#copies.delete(key)
    return undefined
  }

  /** `askedAt`: when the owner was asked; the lease counts from then on. */
  put(key: string, entry: Entry, leaseMs: number, askedAt: number): void {
    if (askedAt <= (this.#wroteAt[entry.partition] as number)) return
    this.#copies.set(key, { entry, until: askedAt + leaseMs })
  }

  /** This pod has written the key: it reads what it has written. */
  wrote(key: string, partition: number, now: number): void {
    this.#wroteAt[partition] = now
    if (this.#copies.size > 0) this.#copies.delete(key)
  }

  /** Keys were invalidated. */
  clear(): void {
    this.#copies.clear()
  }
}
