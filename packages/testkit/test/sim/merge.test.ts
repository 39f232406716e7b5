import { describe, it } from 'vitest'
import type { Simulation } from '../../src/sim/simulation.ts'
import { formedCluster, mustAgree } from './real-cluster.ts'

const MINUTE_MS = 60_000

type Dns = 'all' | 'own side' | 'failing'

/** Which member is on which side. */
const splits = {
  'one and the rest': (i: number) => (i === 0 ? 0 : 1),
  halves: (i: number) => i % 2,
  'three sides': (i: number) => i % 3,
} as const

interface Play {
  readonly count: number
  readonly split: keyof typeof splits
  readonly forMs: number
  readonly dns: Dns
  /** Members that are replaced at a new address meanwhile. */
  readonly moved?: readonly string[]
  readonly forgetAfterMs?: number
  readonly giveUpMs?: number
  readonly seed?: number
}

/** Parts a cluster and heals it; fails when not all hold one view within 5 s. */
function partAndMerge(play: Play): void {
  const { count, split, forMs, dns, moved = [], forgetAfterMs, giveUpMs, seed = 1 } = play
  const simulation = formedCluster(count, {
    seed,
    ...(forgetAfterMs === undefined ? {} : { protocol: { forgetAfterMs } }),
    ...(giveUpMs === undefined ? {} : { network: { giveUpMs } }),
  })
  const sides: string[][] = []
  for (let i = 0; i < count; i++) {
    const side = splits[split](i)
    sides[side] = [...(sides[side] ?? []), `m-${i}`]
  }
  for (const side of sides.slice(1)) simulation.cut(side)
  listFor(simulation, sides, dns)
  for (const name of moved) {
    simulation.run(1000)
    simulation.restart(name)
    listFor(simulation, sides, dns)
  }
  simulation.run(forMs)
  simulation.heal()
  mustAgree(simulation, 5000)
}

/** What DNS shows to each side from now on. */
function listFor(simulation: Simulation, sides: readonly string[][], dns: Dns): void {
  if (dns === 'all') return
  simulation.service.mode = 'failing'
  if (dns === 'failing') return
  for (const side of sides) {
    const addresses = side.map((label) => simulation.member(label).process.address)
    for (const label of side) simulation.member(label).process.input({ type: 'seeds', addresses })
  }
}

const everySplit = Object.keys(splits) as (keyof typeof splits)[]

describe('the sides of a partition', () => {
  it.each([2, 3, 5])('merge within 5 s of its end, whatever DNS lists (%i members)', (count) => {
    // Two have only one way to be parted.
    for (const split of count === 2 ? (['halves'] as const) : everySplit) {
      for (const forMs of [5000, MINUTE_MS]) {
        for (const dns of ['all', 'own side', 'failing'] as const) partAndMerge({ count, split, forMs, dns })
      }
    }
  })

  it.each([
    { count: 16, split: 'three sides' },
    { count: 16, split: 'one and the rest' },
    { count: 32, split: 'halves' },
  ] as const)('merge within 5 s when there are $count members ($split)', ({ count, split }) => {
    partAndMerge({ count, split, forMs: 20_000, dns: 'failing' })
  })

  it.each([
    { forMs: 30 * MINUTE_MS, dns: 'own side', giveUpMs: 900_000 },
    { forMs: 30 * MINUTE_MS, dns: 'failing', giveUpMs: 20_000 },
    // They have forgotten each other by then, and have tombstones.
    { forMs: 65 * MINUTE_MS, dns: 'all', giveUpMs: 900_000 },
  ] as const)('merge within 5 s after $forMs ms (DNS lists: $dns)', (how) => {
    partAndMerge({ count: 3, split: 'halves', ...how })
  })

  it.each([
    { count: 5, theirs: everySplit },
    { count: 16, theirs: ['three sides'] as const },
  ])('merge within 5 s although they have forgotten each other ($count members)', ({ count, theirs }) => {
    const forgotten = { forgetAfterMs: 20_000, forMs: MINUTE_MS, dns: 'all' } as const
    for (const split of theirs) partAndMerge({ count, split, ...forgotten })
  })

  it.each([2, 5, 16] as const)(
    'merge within 5 s although some have moved meanwhile (%i members)',
    (count) => {
      const moved = ['m-0', 'm-1']
      // Two that have both moved, and that nothing lists to each other, cannot meet.
      const lists = { 2: ['all'], 5: ['all', 'own side'], 16: ['own side'] } as const
      for (const dns of lists[count]) partAndMerge({ count, split: 'halves', forMs: MINUTE_MS, dns, moved })
    },
  )
})
