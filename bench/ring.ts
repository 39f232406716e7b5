// `npm run bench:ring`: how evenly keys are placed on members, how many move at a join, and how fast the answer comes;
// beside other ways to place. `--members 3,100` for other sizes, `--quick` for fewer keys.
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { crc32 } from 'node:zlib'
import { diff, place } from '@rollcall/ring'
import { type Lookup, type Way, ways } from './ring/ways.ts'

const ROUNDS = 7
const JOINS = 5

const { values } = parseArgs({
  options: {
    members: { type: 'string', default: '3,100,1000' },
    quick: { type: 'boolean', default: false },
  },
})
const sizes = values.members.split(',').map(Number)
const keys = Array.from({ length: values.quick ? 100_000 : 1_000_000 }, (_, i) => `user:${i}`)

const namesOf = (count: number) => Array.from({ length: count }, (_, i) => `cache-${i}`)

/** CPU time of this process, so that others on the machine matter less. */
function timeMs(action: () => void): number {
  const before = process.cpuUsage()
  action()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** Median and both ends. */
function spread(samples: readonly number[], digits: number): string {
  const sorted = samples.toSorted((a, b) => a - b)
  const [least, median, most] = [0, sorted.length >> 1, sorted.length - 1].map((i) => sorted[i] ?? Number.NaN)
  return `${median?.toFixed(digits)} (${least?.toFixed(digits)} to ${most?.toFixed(digits)})`
}

/** Worst over mean load, in keys: of first owners, and of both. */
function worstLoads(lookup: Lookup, members: number): [number, number] {
  const first = new Float64Array(members)
  const both = new Float64Array(members)
  for (const key of keys) {
    const [a = 0, b = 0] = lookup(key)
    first[a] = (first[a] ?? 0) + 1
    both[a] = (both[a] ?? 0) + 1
    both[b] = (both[b] ?? 0) + 1
  }
  const over = (loads: Float64Array, n: number) => (Math.max(...loads) * members) / (n * keys.length)
  return [over(first, 1), over(both, 2)]
}

/** Copies that move at a join, over the least possible; the mean of some joins in a row. A leave moves as many back. */
function movesAtJoin(way: Way, members: number): number {
  const sample = keys.slice(0, 100_000)
  let ratio = 0
  for (let join = 0; join < JOINS; join++) {
    const before = way.build(namesOf(members + join))
    const after = way.build(namesOf(members + join + 1))
    let moved = 0
    for (const key of sample) {
      const [a, b] = before(key)
      for (const owner of after(key)) if (owner !== a && owner !== b) moved++
    }
    ratio += (moved * (members + join + 1)) / (2 * sample.length) / JOINS
  }
  return ratio
}

/** Millions of answers a second. */
function speeds(ask: (key: string) => unknown): number[] {
  return Array.from({ length: ROUNDS }, () => {
    const ms = timeMs(() => {
      for (const key of keys) ask(key)
    })
    return keys.length / ms / 1000
  })
}

function compareWays(members: number): void {
  console.log(`\n## ${members} members, two owners a key\n`)
  console.log(
    '| way | worst/mean, first | worst/mean, both | moves at a join | build, ms | answers, million/s |',
  )
  console.log('| --- | --- | --- | --- | --- | --- |')
  for (const way of ways) {
    const names = namesOf(members)
    const lookup = way.build(names)
    const answers = speeds(lookup)
    const [first, both] = worstLoads(lookup, members)
    const moves = movesAtJoin(way, members)
    const builds = Array.from({ length: ROUNDS }, () => timeMs(() => way.build(names)))
    console.log(
      `| ${way.name} | ${first.toFixed(3)} | ${both.toFixed(3)} | ${moves.toFixed(2)} | ${spread(builds, 1)} | ${spread(answers, 2)} |`,
    )
  }
}

/** What a user of the ring waits for. */
function measureRing(members: number): void {
  const list = namesOf(members).map((name) => ({ name }))
  const placement = place(list)
  const answers = speeds((key) => placement.owners(key, 2))
  const bytes = keys.slice(0, 100_000).map((key) => Buffer.from(key))
  const fromBytes = Array.from({ length: ROUNDS }, () => {
    const ms = timeMs(() => {
      for (const key of bytes) placement.owners(key, 2)
    })
    return bytes.length / ms / 1000
  })
  const repeat = (action: () => void) => Array.from({ length: ROUNDS }, () => timeMs(action))
  const change = repeat(() => placement.with(list.slice(1)).ownersOf(0, 2))
  const suspected = list.map((member, i) => ({ ...member, state: i === 0 ? ('suspect' as const) : 'alive' }))
  const suspicion = repeat(() => placement.with(suspected).ownersOf(0, 2))
  const compared = repeat(() => diff(placement, placement.with(list.slice(1)), 2))
  const cells = [spread(answers, 2), spread(fromBytes, 2), spread(change, 1), spread(suspicion, 2)]
  console.log(`| ${members} | ${cells.join(' | ')} | ${spread(compared, 1)} |`)
}

const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`
console.log(
  `${keys.length} keys like user:1; median (least to most) of ${ROUNDS} rounds, in CPU time; ${machine}`,
)
const hashes = speeds((key) => crc32(key))
console.log(`hashing a key alone: ${spread(hashes, 2)} million a second\n`)
console.log(
  '| members | owners(key, 2), million/s | from bytes | at a change, ms | at a suspicion, ms | with its diff, ms |',
)
console.log('| --- | --- | --- | --- | --- | --- |')
for (const members of sizes) measureRing(members)
for (const members of sizes) compareWays(members)
