import { describe, expect, it } from 'vitest'
import type { Simulation } from '../../src/sim/simulation.ts'
import { formedCluster } from './real-cluster.ts'

/** Digests sent so far, by member. */
const digests = (simulation: Simulation) =>
  simulation.live().map(({ process }) => process.core.counters.digests ?? 0)

describe('a pair that can never reach each other', () => {
  it('makes no lasting repair traffic for anyone', () => {
    const simulation = formedCluster(8)
    const ip = simulation.newIp()
    simulation.network.cut([simulation.member('m-0').process.host.ip], [ip])
    simulation.addMember('x', { ip })
    simulation.run(60_000)
    const before = digests(simulation)
    const minutes = 2
    simulation.run(minutes * 60_000)
    const made = digests(simulation).map((count, n) => count - (before[n] as number))
    expect(Math.max(...made) / minutes).toBeLessThan(6)
  })
})
