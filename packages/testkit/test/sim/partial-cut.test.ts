import { describe, expect, it } from 'vitest'
import type { Simulation } from '../../src/sim/simulation.ts'
import { formedCluster, mustBecome, mustRest, told } from './real-cluster.ts'

/** m-0 loses its way to `blind` others, and has it still to the rest. */
function partlyCut(given: {
  count: number
  blind: number
  isOneWay?: boolean
  giveUpMs?: number
  seed?: number
}) {
  const { count, blind, isOneWay = false, giveUpMs = 900_000, seed = 1 } = given
  const simulation = formedCluster(count, { seed, network: { giveUpMs } })
  const others = Array.from({ length: blind }, (_, i) => `m-${i + 1}`)
  simulation.cut(['m-0'], others, { isOneWay })
  return simulation
}

/** Suspicions that anyone told after a time. */
function suspectedAfter(simulation: Simulation, at: number): string[] {
  return simulation.transcript.entries
    .filter((entry) => entry.at > at && !entry.isStep && entry.what.startsWith('member-suspected'))
    .map(({ at, who, what }) => `${Math.round(at)} ${who} ${what}`)
}

// With ten and more only a few of the others probe for one. Most runs are of few more than that, for they take less time.
describe.each([
  { count: 20, blind: 15, isOneWay: false, giveUpMs: 900_000, seeds: [1] },
  { count: 12, blind: 9, isOneWay: false, giveUpMs: 900_000, seeds: [2, 3] },
  { count: 12, blind: 9, isOneWay: true, giveUpMs: 900_000, seeds: [1, 2, 3] },
  { count: 12, blind: 9, isOneWay: false, giveUpMs: 20_000, seeds: [1, 2, 3] },
  { count: 12, blind: 10, isOneWay: false, giveUpMs: 900_000, seeds: [1, 2, 3] },
  { count: 6, blind: 4, isOneWay: false, giveUpMs: 900_000, seeds: [1, 2, 3] },
])('a member without a way to $blind of $count (one way: $isOneWay, links last $giveUpMs ms)', (how) => {
  it.each(how.seeds)('is failed nowhere, and soon suspected no more (seed %i)', (seed) => {
    const simulation = partlyCut({ ...how, seed })
    const cutAt = simulation.clock.now
    simulation.run(60_000)
    expect(told(simulation, 'member-failed')).toEqual([])
    expect(suspectedAfter(simulation, cutAt + 20_000)).toEqual([])
    simulation.heal()
    mustRest(simulation)
    // That there is no exception any more is told with the next ping, and everybody pings everybody within two rounds.
    simulation.run(2 * how.count * simulation.protocol.probeIntervalMs)
    expect([...simulation.member('m-0').process.core.exceptions()]).toEqual([])
  })

  it('is found failed in time when it freezes, and so is one that it does not reach', () => {
    for (const name of ['m-0', 'm-1']) {
      const simulation = partlyCut(how)
      simulation.run(30_000)
      simulation.freeze(name)
      mustBecome(simulation, name, 'failed', simulation.bounds.completenessMs)
    }
  })
})

describe('members that do not reach each other', () => {
  it('say so to all, and take it back', () => {
    const simulation = partlyCut({ count: 6, blind: 1 })
    simulation.run(20_000)
    const both = [
      { by: 'm-0', members: ['m-1'] },
      { by: 'm-1', members: ['m-0'] },
    ]
    const known = () =>
      simulation.live().map(({ process }) => process.core.exceptions().sort((a, b) => (a.by < b.by ? -1 : 1)))
    expect(known()).toEqual([[both[0]], [both[1]], both, both, both, both])
    simulation.heal()
    mustRest(simulation)
    expect(known().flat()).toEqual([])
  })
})
