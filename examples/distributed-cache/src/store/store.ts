// What this pod has in memory: entries up to a number of bytes, the least recently used ones evicted first, and listed
// by partition, the part of the key space that is handed over as one.
import { LRUCache } from 'lru-cache'
import { type Invalidation, Invalidations } from '../invalidation/invalidations.ts'
import { limits } from '../limits.ts'
import { type Entry, isNewer, isSame } from './entry.ts'

/**
 * What an entry takes beside its key and value: the objects that hold them, their places in the maps, and what V8 and
 * the allocator leave unused. Measured as the growth of a process: see README.
 */
export const ENTRY_BYTES = 896

/** What the largest entry takes: with less, a write could be acknowledged and not kept. */
export const MAX_ENTRY_BYTES = limits.maxKeyBytes + limits.maxValueBytes + ENTRY_BYTES

/** How long a tombstone is kept: far longer than views differ, a handover takes, or a late copy is under way. */
export const TOMBSTONE_MS = 600_000

/** A key of Latin-1 takes a byte for a character; for others the difference is within what is measured. */
function sizeOf(entry: Entry, key: string): number {
  return key.length + entry.kept.length + ENTRY_BYTES
}

/** Keeps the newest version of each key, in whatever order they come, and however often. */
export class Store {
  readonly maxBytes: number
  readonly invalidations = new Invalidations()
  /** How many go through all partitions at present and count what they remove: the sweeper leaves that to them. */
  searches = 0
  readonly #entries: LRUCache<string, Entry>
  readonly #partitions = new Map<number, Set<string>>()
  /** Partitions where there may still be what was invalidated: it is not shown. */
  readonly #unsearched = new Set<number>()
  #tombstones = 0
  #evictions = 0

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
    this.#entries = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: sizeOf,
      dispose: (entry, key, reason) => this.#removed(entry, key, reason),
    })
  }

  /** Values, without tombstones. */
  get size(): number {
    return this.#entries.size - this.#tombstones
  }

  get bytes(): number {
    return this.#entries.calculatedSize
  }

  get evictions(): number {
    return this.#evictions
  }

  /** The entry of a key, which counts as used. It may be a tombstone, or be over. */
  get(key: string): Entry | undefined {
    return this.#shown(key, this.#entries.get(key))
  }

  /** The same without counting as used. */
  peek(key: string): Entry | undefined {
    return this.#shown(key, this.#entries.peek(key))
  }

  /** Takes an entry unless it has a newer one, it was invalidated, or it is larger than `maxBytes`; returns whether it did. */
  take(key: string, entry: Entry): boolean {
    if (!entry.isDeleted && this.invalidations.covers(key, entry.version)) return false
    const known = this.#entries.peek(key)
    if (known !== undefined && !isNewer(entry, known)) {
      if (!isSame(entry, known)) known.isAfter(entry)
      else if (entry.hidesOlder) known.hidesOlder = true
      return false
    }
    if (known !== undefined) entry.isAfter(known)
    // One that is larger than all there is room for is not kept, and what was there before goes.
    if (sizeOf(entry, key) > this.maxBytes) {
      this.#entries.delete(key)
      return false
    }
    this.#entries.set(key, entry)
    if (entry.isDeleted) this.#tombstones++
    if (known === undefined) this.#list(entry.partition, key)
    return true
  }

  /** The keys of a partition. */
  keysOf(partition: number): Iterable<string> {
    return this.#partitions.get(partition) ?? []
  }

  /** All keys as they are now, those that were not used for longest first. */
  coldestFirst(): string[] {
    return [...this.#entries.rkeys()]
  }

  has(partition: number): boolean {
    return this.#partitions.has(partition)
  }

  /** Lets go of a whole partition. */
  drop(partition: number): void {
    for (const key of [...this.keysOf(partition)]) this.#entries.delete(key)
  }

  /** From now on what was invalidated is not shown any more. It is there until `removeInvalid` of its partition. */
  invalidate(invalidations: readonly Invalidation[]): void {
    const news = invalidations.filter((one) => this.invalidations.add(one))
    if (news.length === 0) return
    for (const partition of this.#partitions.keys()) this.#unsearched.add(partition)
  }

  /** Lets go of what was invalidated in a partition; returns how many entries that were. */
  removeInvalid(partition: number): number {
    if (!this.#unsearched.delete(partition)) return 0
    let count = 0
    for (const key of [...this.keysOf(partition)]) {
      const entry = this.#entries.peek(key)
      if (entry === undefined || entry.isDeleted || !this.invalidations.covers(key, entry.version)) continue
      this.#entries.delete(key)
      count++
    }
    return count
  }

  /** Lets go of what is over in a partition: values at their time; when they are old, tombstones, and values that hide older ones. */
  sweep(partition: number, date: number, isOld: (version: number) => boolean): void {
    for (const key of [...this.keysOf(partition)]) {
      const entry = this.#entries.peek(key)
      if (entry === undefined || entry.isLive(date)) continue
      const isNeeded = entry.isDeleted || entry.hidesOlder
      if (!isNeeded || isOld(entry.version)) this.#entries.delete(key)
    }
  }

  clear(): void {
    this.#entries.clear()
  }

  #shown(key: string, entry: Entry | undefined): Entry | undefined {
    if (this.#unsearched.size === 0 || entry === undefined || entry.isDeleted) return entry
    const isInvalid = this.#unsearched.has(entry.partition) && this.invalidations.covers(key, entry.version)
    return isInvalid ? undefined : entry
  }

  #list(partition: number, key: string): void {
    const keys = this.#partitions.get(partition)
    if (keys === undefined) this.#partitions.set(partition, new Set([key]))
    else keys.add(key)
  }

  #unlist(partition: number, key: string): void {
    const keys = this.#partitions.get(partition)
    if (keys?.delete(key) && keys.size === 0) this.#partitions.delete(partition)
  }

  #removed(entry: Entry, key: string, reason: LRUCache.DisposeReason): void {
    if (entry.isDeleted) this.#tombstones--
    if (reason === 'set') return
    if (reason === 'evict') this.#evictions++
    this.#unlist(entry.partition, key)
  }
}
