import { describe, expect, it } from 'vitest'
import { checkLinks, runUntilDelivered } from '../../src/sim/invariants/settled.ts'
import { formedCluster, mustAgree, mustRest, stateOf, told } from './real-cluster.ts'

/** Members that anyone called failed after a time. */
function failedAfter(simulation: ReturnType<typeof formedCluster>, at: number): string[] {
  const later = simulation.transcript.entries.filter((entry) => entry.at > at && !entry.isStep)
  return later
    .filter(({ what }) => what.startsWith('member-failed'))
    .map(({ who, what }) => `${who}: ${what}`)
}

describe('a member that was isolated', () => {
  it.each([5_000, 15_000, 40_000])('accuses nobody for what it found in %i ms of isolation', (forMs) => {
    const simulation = formedCluster(12)
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

describe('two links between two members', () => {
  it('become one even if a cut lets nobody answer when they are compared', () => {
    const simulation = formedCluster(4)
    for (let round = 0; round < 20; round++) {
      const cut = simulation.cut(['m-0'])
      simulation.run(3000 + 10 * round)
      simulation.heal(cut)
      // Back for so short that new links have just opened when the next cut comes.
      simulation.run(5 * round)
      const again = simulation.cut(['m-0'])
      simulation.run(1500)
      simulation.heal(again)
      simulation.run(500)
    }
    mustAgree(simulation)
    runUntilDelivered(simulation)
    simulation.run(10_000)
    checkLinks(simulation)
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

describe('a member that slept', () => {
  it('does not take suspicions it finds in its backlog for fresh', () => {
    const simulation = formedCluster(8)
    simulation.freeze('m-0')
    // While it sleeps, m-1 is suspected, and refutes; then m-1 stops for a time that must be survived.
    simulation.freeze('m-1', 2000)
    simulation.run(15_000)
    simulation.freeze('m-1', 3000)
    simulation.run(1000)
    simulation.thaw('m-0')
    simulation.run(5000)
    expect(told(simulation, 'member-failed', 'm-1')).toEqual([])
    mustRest(simulation)
  })
})
