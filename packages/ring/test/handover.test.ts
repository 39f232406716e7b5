// The handover of docs/ring.md, with maps in place of a network: pull what was gained, drop what was lost.
import { describe, expect, it } from 'vitest'
import { diff, type Placement, partitionOf, place, type RingMember } from '../src/index.ts'
import { names } from './support.ts'

const keys = Array.from({ length: 3000 }, (_, i) => `user:${i}`)
const list = (...numbers: number[]): RingMember[] =>
  numbers.map((i) => ({ name: `cache-${i}`, generation: 1 }))

/** Partition by partition, the keys that a member has. */
type Store = Map<number, Set<string>>

class Cluster {
  placement: Placement
  readonly stores = new Map<string, Store>()

  constructor(members: RingMember[]) {
    this.placement = place(members)
    for (const { name } of members) this.stores.set(name, new Map())
    for (const key of keys) {
      const { owners, partition } = this.placement.owners(key, 2)
      for (const { name } of owners) this.keysOf(name, partition).add(key)
    }
  }

  keysOf(name: string, partition: number): Set<string> {
    const store = this.stores.get(name) ?? new Map<number, Set<string>>()
    this.stores.set(name, store)
    const held = store.get(partition) ?? new Set<string>()
    store.set(partition, held)
    return held
  }

  /** Every member pulls what it will have gained; nobody drops anything yet. */
  prepare(members: RingMember[]): void {
    for (const { partition, gainedBy, sources } of diff(this.placement, this.placement.with(members), 2)
      .moves) {
      const [source] = sources
      for (const { name } of gainedBy) {
        for (const key of source === undefined ? [] : this.keysOf(source.name, partition)) {
          this.keysOf(name, partition).add(key)
        }
      }
    }
  }

  change(members: RingMember[]): void {
    const before = this.placement
    this.prepare(members)
    this.placement = before.with(members)
    for (const { partition, lostBy, gainedBy } of diff(before, this.placement, 2).moves) {
      for (const { name } of lostBy)
        if (!names(gainedBy).includes(name)) this.stores.get(name)?.delete(partition)
    }
  }

  /** Keys that one of their owners lacks. */
  missing(): string[] {
    return keys.filter((key) =>
      this.placement.owners(key, 2).owners.some(({ name }) => !this.keysOf(name, partitionOf(key)).has(key)),
    )
  }
}

describe('a handover by diff', () => {
  it('leaves every owner with all its keys through joins, restarts, crashes and leaves', () => {
    const cluster = new Cluster(list(0, 1, 2))
    cluster.change(list(0, 1, 2, 3))
    expect(cluster.missing()).toEqual([])
    cluster.stores.delete('cache-1')
    cluster.change(list(0, 2, 3))
    expect(cluster.missing()).toEqual([])
    cluster.stores.delete('cache-2')
    const restarted = [...list(0, 3), { name: 'cache-2', generation: 2 }]
    cluster.change(restarted)
    expect(cluster.missing()).toEqual([])
    cluster.prepare(restarted.slice(1))
    cluster.stores.delete('cache-0')
    cluster.change(restarted.slice(1))
    expect(cluster.missing()).toEqual([])
  })

  it('has moved everything before a leaving member goes', () => {
    const cluster = new Cluster(list(0, 1, 2, 3))
    cluster.prepare(list(0, 1, 2))
    expect(cluster.missing()).toEqual([])
    cluster.stores.delete('cache-3')
    cluster.placement = cluster.placement.with(list(0, 1, 2))
    expect(cluster.missing()).toEqual([])
  })

  it('keeps no key at a member that does not own it', () => {
    const cluster = new Cluster(list(0, 1, 2))
    cluster.change(list(0, 1, 2, 3))
    for (const [name, store] of cluster.stores) {
      for (const [partition, held] of store) {
        if (held.size > 0) expect(names(cluster.placement.ownersOf(partition, 2).owners)).toContain(name)
      }
    }
  })
})
