// What this pod has in memory: entries by partition, the part of the key space that is handed over as one.
import { partitionOf } from '@rollcall/ring'
import type { Copy, Entry } from './topics.ts'

/** Keeps the newest version of each key, in whatever order they come, and however often. */
export class Store {
  readonly #partitions = new Map<number, Map<string, Entry>>()

  get(key: string): Entry | undefined {
    return this.#partitions.get(partitionOf(key))?.get(key)
  }

  /** Takes an entry unless it has a newer one. */
  take(key: string, entry: Entry): void {
    const partition = partitionOf(key)
    const entries = this.#partitions.get(partition) ?? new Map<string, Entry>()
    this.#partitions.set(partition, entries)
    const known = entries.get(key)
    if (known === undefined || isNewer(entry, known)) entries.set(key, entry)
  }

  /** Takes a write unless another has come since the version that its writer has read; returns that other one. */
  write({ key, entry, previous }: Omit<Copy, 'placementId'>): Entry {
    const known = this.get(key)
    if (known !== undefined && known.version > previous && !isSame(known, entry)) return known
    this.take(key, entry)
    return entry
  }

  /** All keys of a partition. */
  entriesOf(partition: number): Iterable<[string, Entry]> {
    return this.#partitions.get(partition) ?? []
  }

  /** Lets go of the partitions for which `isOurs` is false. */
  retain(isOurs: (partition: number) => boolean): void {
    for (const partition of this.#partitions.keys()) {
      if (!isOurs(partition)) this.#partitions.delete(partition)
    }
  }
}

export function isSame(a: Entry, b: Entry): boolean {
  return a.version === b.version && a.by === b.by
}

function isNewer(a: Entry, b: Entry): boolean {
  return a.version > b.version || (a.version === b.version && a.by > b.by)
}
