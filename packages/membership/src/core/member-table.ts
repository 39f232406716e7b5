// All members this process knows of, itself included: the winning fact about each name, the view built from them,
// and the hash that travels with probes. Changes go through set(), so the three never disagree.
import type { Fact, MemberRecord } from './fact.ts'
import { addHash, hash64, hashStart, hashToHex, subtractHash, zeroHash } from './hash.ts'
import { compareText, type Life, type Millis } from './identity.ts'
import type { ViewHash } from './message.ts'
import type { CoreMember, CoreView } from './view.ts'

/** The winning fact about one name, which is also what views show of it. Immutable: replaced as a whole. */
export interface Entry extends CoreMember {
  /** The incarnation at which its record was written; lower than `incarnation` when only a verdict has reached us. */
  readonly recordIncarnation: number
  /** When we were told that it had ended, where we held it present until then: the teller may say that it was long ago. */
  readonly toldAt?: Millis
  /** The generation this process had when it first said hello to us: what it has raised it to since does not count. */
  readonly metGeneration: number | undefined
  /** Hash over its name, continued with an instance: its rank among those who watch that one. */
  readonly rankStart: number
  /** Out of the view, kept only so that old news cannot revive it: a tombstone. */
  readonly forgotten: boolean
}

/** Whether a member takes part now, as far as we know. */
export function isPresent(entry: Entry): boolean {
  return !entry.forgotten && (entry.state === 'alive' || entry.state === 'suspect')
}

/** The part of an entry that agreeing members share; alive and suspect are alike, tombstones not hashed. */
function entryHash(entry: Entry): ViewHash {
  if (entry.forgotten) return zeroHash
  const standing = isPresent(entry) ? 'present' : entry.state
  return hash64(`${entry.name}\0${entry.generation}\0${entry.instance}\0${entry.incarnation}\0${standing}`)
}

function presenceHash(entry: Entry): ViewHash {
  return isPresent(entry) ? hash64(`${entry.name}\0${entry.generation}`) : zeroHash
}

const NO_RECORD: MemberRecord = { addresses: [], leaving: false, metadata: new Uint8Array(0) }

/** The entry that a fact stands for. Field by field, as engines keep objects small and quick that are made alike. */
export function entryOf(fact: Fact, now: Millis, metGeneration?: number): Entry {
  const { record = NO_RECORD } = fact
  return {
    name: fact.name,
    generation: fact.generation,
    instance: fact.instance,
    incarnation: fact.incarnation,
    state: fact.state,
    since: now - fact.ageMs,
    addresses: record.addresses,
    leaving: record.leaving,
    metadata: record.metadata,
    recordIncarnation: fact.record === undefined ? -1 : fact.incarnation,
    metGeneration,
    rankStart: hashStart(`${fact.name}\0`),
    forgotten: false,
  }
}

/** Our own entry at the start. */
export function ownEntry(self: Life & Pick<MemberRecord, 'addresses' | 'metadata'>, now: Millis): Entry {
  const { name, generation, instance, addresses, metadata } = self
  const record = { addresses, leaving: false, metadata }
  return entryOf({ name, generation, instance, incarnation: 0, state: 'alive', ageMs: 0, record }, now)
}

/** What a member says of itself, as it is told on. */
export function recordOf({ addresses, leaving, metadata }: Entry): MemberRecord {
  return { addresses, leaving, metadata }
}

export class MemberTable {
  readonly #selfName: string
  readonly #entries = new Map<string, Entry>()
  /** Names of those that are not present. */
  readonly #ended = new Set<string>()
  readonly #unrecorded = new Set<string>()
  #hash: ViewHash = zeroHash
  #presence: ViewHash = zeroHash
  #presentCount = 0
  /** By name. Copied before a change once a view holds it. */
  #sorted: Entry[] = []
  #number = 0
  #view: CoreView | undefined

  constructor(self: Entry) {
    this.#selfName = self.name
    this.set(self)
  }

  get(name: string): Entry | undefined {
    return this.#entries.get(name)
  }

  get self(): Entry {
    return this.#entries.get(this.#selfName) as Entry
  }

  /** Hash over everything not forgotten, for probes. */
  get hash(): ViewHash {
    return this.#hash
  }

  /** Names known, tombstones included. */
  get size(): number {
    return this.#entries.size
  }

  /** Members in the view. */
  get shownCount(): number {
    return this.#sorted.length
  }

  /** Members present, self included. */
  get presentCount(): number {
    return this.#presentCount
  }

  entries(): IterableIterator<Entry> {
    return this.#entries.values()
  }

  /** Others that are present. */
  *others(): IterableIterator<Entry> {
    for (const entry of this.#entries.values()) {
      if (entry.name !== this.#selfName && isPresent(entry)) yield entry
    }
  }

  /** Those that failed or left, and tombstones: few, where all of a large cluster is much to look through. */
  *ended(): IterableIterator<Entry> {
    for (const name of this.#ended) yield this.#entries.get(name) as Entry
  }

  /** Names of those whose record is older than what else we know of them: mostly none. */
  get unrecorded(): ReadonlySet<string> {
    return this.#unrecorded
  }

  /** Puts or replaces the entry of a name. */
  set(entry: Entry): void {
    const previous = this.#entries.get(entry.name)
    this.#entries.set(entry.name, entry)
    if (isPresent(entry)) this.#ended.delete(entry.name)
    else this.#ended.add(entry.name)
    if (entry.forgotten || entry.recordIncarnation === entry.incarnation) this.#unrecorded.delete(entry.name)
    else this.#unrecorded.add(entry.name)
    this.#rehash(entry, previous)
    this.#show(entry)
  }

  /** Drops a tombstone for good. */
  delete(name: string): void {
    this.#entries.delete(name)
    this.#ended.delete(name)
    this.#unrecorded.delete(name)
  }

  /** The same object until something visible changes. */
  get view(): CoreView {
    this.#view ??= {
      number: this.#number,
      id: hashToHex(this.#presence),
      self: this.self,
      members: this.#sorted,
    }
    return this.#view
  }

  #rehash(entry: Entry, previous: Entry | undefined): void {
    if (previous !== undefined) {
      this.#hash = subtractHash(this.#hash, entryHash(previous))
      this.#presence = subtractHash(this.#presence, presenceHash(previous))
      if (isPresent(previous)) this.#presentCount--
    }
    this.#hash = addHash(this.#hash, entryHash(entry))
    this.#presence = addHash(this.#presence, presenceHash(entry))
    if (isPresent(entry)) this.#presentCount++
  }

  #show(entry: Entry): void {
    const position = this.#position(entry.name)
    const isShown = this.#sorted[position]?.name === entry.name
    if (entry.forgotten && !isShown) return
    if (this.#view !== undefined) this.#sorted = this.#sorted.slice()
    this.#sorted.splice(position, isShown ? 1 : 0, ...(entry.forgotten ? [] : [entry]))
    this.#view = undefined
    this.#number++
  }

  /** Where a name stands among the members shown, or would stand. */
  #position(name: string): number {
    let low = 0
    let high = this.#sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareText((this.#sorted[middle] as Entry).name, name) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
