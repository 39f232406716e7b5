import { describe, expect, it } from 'vitest'
import { runUntilDelivered } from '../../src/sim/invariants/settled.ts'
import { formedCluster, mustAgree, mustRest, stateOf, told } from './real-cluster.ts'

/** Members that anyone called failed after a time. */
function failedAfter(simulation: ReturnType<typeof formedCluster>, at: number): string[] {
  const later = simulation.transcript.entries.filter((entry) => entry.at > at && !entry.isStep)
  return later
    .filter(({ what }) => what.startsWith('member-failed'))
    .map(({ who, what }) => `${who}: ${what}`)
}

describe('a member that was isolated', () => {
  it.each([5_000, 15_000])('accuses nobody for what it found in %i ms of isolation', (forMs) => {
    const simulation = formedCluster(40)
    simulation.cut(['m-0'])
    simulation.run(forMs)
    simulation.heal()
    mustAgree(simulation, simulation.bounds.repairMs)
    const mendedAt = simulation.clock.now
    runUntilDelivered(simulation)
    simulation.run(20_000)
    expect(failedAfter(simulation, mendedAt)).toEqual([])
    mustRest(simulation)
  })
})

describe('a restarted member with its clock back', () => {
  it('calls nobody failed while the only peer it reaches still turns it away', () => {
    const simulation = formedCluster(5)
    simulation.cut(['m-0', 'm-1'])
    simulation.restart('m-1', { clockBackMs: 600_000 })
    simulation.run(8000)
    expect(stateOf(simulation, 'm-1', 'm-0')).not.toBe('failed')
    simulation.heal()
    mustRest(simulation)
  })

  it('is taken in soon when it restarts in place', () => {
    const simulation = formedCluster(5)
    simulation.restart('m-1', { clockBackMs: 600_000, sameAddress: true })
    mustAgree(simulation, 2 * simulation.bounds.repairMs)
    mustRest(simulation)
    expect(told(simulation, 'member-failed').filter((line) => !line.endsWith(' m-1'))).toEqual([])
  })
})
