// Ways to place a key on two of many members: ours, and plain versions of the usual ones to compare it with. All hash
// keys alike (CRC-32), and none allocates when it is asked.
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { place } from '@rollcall/ring'

/** The two owners of a key, as numbers of members. */
export type Lookup = (key: string) => readonly number[]

export interface Way {
  readonly name: string
  /** Makes everything ready for the first question. */
  build(names: readonly string[]): Lookup
}

function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

function hashOf(key: string): number {
  return Math.imul(crc32(key), 0x9e3779b1) >>> 0
}

/** As many 32-bit numbers drawn from a name. */
function numbersOf(name: string, count: number): number[] {
  const bytes = createHash('shake256', { outputLength: 4 * count })
    .update(name)
    .digest()
  return Array.from({ length: count }, (_, i) => bytes.readUInt32LE(4 * i))
}

/** The two members with the highest draws for a number. */
function highestTwo(seeds: Uint32Array, steps: Uint32Array, number: number, into: number[]): number[] {
  let [first, second, best, next] = [0, 0, -1, -1]
  for (let i = 0; i < seeds.length; i++) {
    const drawn = mix((seeds[i] as number) ^ Math.imul(number, steps[i] as number))
    if (drawn <= next) continue
    if (drawn > best) [second, next, first, best] = [first, best, i, drawn]
    else [second, next] = [i, drawn]
  }
  into[0] = first
  into[1] = second
  return into
}

function seedsAndSteps(names: readonly string[]): [Uint32Array, Uint32Array] {
  const numbers = names.map((name) => numbersOf(name, 2))
  return [Uint32Array.from(numbers, ([a = 0]) => a), Uint32Array.from(numbers, ([, b = 0]) => b | 1)]
}

/** Rendezvous hashing: every member is asked for every key. */
const rendezvous: Way = {
  name: 'rendezvous, each key',
  build(names) {
    const [seeds, steps] = seedsAndSteps(names)
    const owners = [0, 0]
    return (key) => highestTwo(seeds, steps, hashOf(key), owners)
  },
}

/** Consistent hashing: a key belongs to the next points of two members on a ring. */
function virtualNodes(perMember: number): Way {
  return {
    name: `ring, ${perMember} virtual nodes each`,
    build(names) {
      const points = names
        .flatMap((name, member) => numbersOf(name, perMember).map((at) => ({ at, member })))
        .sort((a, b) => a.at - b.at)
      const positions = Uint32Array.from(points, ({ at }) => at)
      const owners = points.map(({ member }, i) => {
        let next = i
        do next = (next + 1) % points.length
        while (points[next]?.member === member)
        return [member, points[next]?.member ?? member]
      })
      return (key) => owners[firstAtLeast(positions, hashOf(key)) % positions.length] as number[]
    },
  }
}

function firstAtLeast(sorted: Uint32Array, value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] as number) < value) low = middle + 1
    else high = middle
  }
  return low
}

/** Fixed partitions, each placed by rendezvous hashing, without a bound. */
function fixedPartitions(bits: number): Way {
  return {
    name: `${(2 ** bits).toLocaleString('en')} partitions`,
    build(names) {
      const [seeds, steps] = seedsAndSteps(names)
      const owners = Array.from({ length: 2 ** bits }, (_, partition) =>
        highestTwo(seeds, steps, partition, [0, 0]),
      )
      return (key) => owners[hashOf(key) >>> (32 - bits)] as number[]
    },
  }
}

/** This is what a user gets: checks, flags and all. */
function ours(maxLoad: number): Way {
  return {
    name: `@rollcall/ring, maxLoad ${maxLoad}`,
    build(names) {
      const members = names.map((name, number) => ({ name, number }))
      const placement = place(members, { maxLoad })
      const numbers = Array.from({ length: 16_384 }, (_, partition) =>
        placement.ownersOf(partition, 2).owners.map(({ member }) => member.number),
      )
      return (key) => numbers[placement.owners(key, 2).partition] as number[]
    },
  }
}

export const ways: readonly Way[] = [
  rendezvous,
  virtualNodes(160),
  virtualNodes(1000),
  fixedPartitions(12),
  fixedPartitions(14),
  fixedPartitions(16),
  ...[1, 1.05, 1.1, 1.15, 1.25, Number.POSITIVE_INFINITY].map(ours),
]
