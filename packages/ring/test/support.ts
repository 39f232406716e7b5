// What the tests of placement share: members in numbers, a seeded random, and plain ways to look at a placement.
import { type Owner, type Placement, partitionCount, type RingMember } from '../src/index.ts'

export interface TestMember extends RingMember {
  readonly weight?: number
  readonly zone?: string
}

/** Options that take weight and zone from the member itself. */
export const fromFields = {
  weight: (member: TestMember) => member.weight,
  zone: (member: TestMember) => member.zone,
}

export function members(count: number, prefix = 'cache'): TestMember[] {
  return Array.from({ length: count }, (_, i) => ({ name: `${prefix}-${i}` }))
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)
}

export const names = (owners: readonly Owner[]): string[] => owners.map(({ name }) => name)

/** Names of the first `n` owners of every partition. */
export function table<M extends RingMember>(placement: Placement<M>, n: number): string[][] {
  return Array.from({ length: partitionCount }, (_, partition) =>
    names(placement.ownersOf(partition, n).owners),
  )
}

/** Partitions that each member holds. */
export function loads<M extends RingMember>(placement: Placement<M>, n: number): Map<string, number> {
  const loads = new Map(placement.members.map(({ name }) => [name, 0]))
  for (const name of table(placement, n).flat()) loads.set(name, (loads.get(name) ?? 0) + 1)
  return loads
}

/** Copies that are somewhere in `after` where none was in `before`, as [partition, name]. */
export function gains(before: string[][], after: string[][]): [number, string][] {
  return after.flatMap((owners, partition) =>
    owners
      .filter((name) => !before[partition]?.includes(name))
      .map((name): [number, string] => [partition, name]),
  )
}
