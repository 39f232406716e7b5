import { describe, expect, it } from 'vitest'
import { runSeed } from '../../src/sim/mixed-run.ts'
import { realParts } from '../../src/sim/real-parts.ts'
import type { Simulation } from '../../src/sim/simulation.ts'
import { formedCluster, mustBecome, mustRest, stateOf, told } from './real-cluster.ts'
import { spoilt } from './spoilt-core.ts'

/** Whether each of these members holds `name` as leaving. */
function holdLeaving(simulation: Simulation, name: string): boolean[] {
  return simulation
    .live()
    .map(({ process }) => process.core.view.members.some((each) => each.name === name && each.leaving))
}

describe('a member that leaves after a handover', () => {
  it('is leaving in every view at one hop, alive for as long as it takes, and then left', () => {
    const simulation = formedCluster(5)
    simulation.announceLeaving('m-2')
    simulation.run(simulation.bounds.oneHopMs)
    expect(holdLeaving(simulation, 'm-2')).toEqual([true, true, true, true, true])
    expect(told(simulation, 'member-leaving', 'm-2')).toHaveLength(5)
    simulation.run(20_000)
    for (const { label } of simulation.live()) expect(stateOf(simulation, label, 'm-2')).toBe('alive')
    expect(told(simulation, 'member-suspected')).toEqual([])
    simulation.leave('m-2')
    mustBecome(simulation, 'm-2', 'left', simulation.bounds.oneHopMs)
    expect(told(simulation, 'member-leaving', 'm-2')).toHaveLength(5)
    mustRest(simulation)
  })

  it('is known to be leaving to one that comes meanwhile, and to one that was cut off when it said so', () => {
    const simulation = formedCluster(4)
    const cut = simulation.cut(['m-3'])
    simulation.announceLeaving('m-0')
    simulation.addMember('late')
    simulation.run(1500)
    simulation.heal(cut)
    mustRest(simulation)
    expect(holdLeaving(simulation, 'm-0')).toEqual([true, true, true, true, true])
  })

  it('is failed when it dies meanwhile, and back without the announcement when it starts again', () => {
    const simulation = formedCluster(4)
    simulation.announceLeaving('m-1')
    simulation.run(1000)
    simulation.kill('m-1')
    mustBecome(simulation, 'm-1', 'failed', simulation.bounds.completenessMs)
    simulation.restart('m-1')
    mustRest(simulation)
    expect(holdLeaving(simulation, 'm-1')).toEqual([false, false, false, false])
  })

  it('counts for the quorum until it has left', () => {
    const simulation = formedCluster(3, { expectedSize: 3 })
    simulation.announceLeaving('m-0')
    simulation.run(2000)
    for (const { process } of simulation.live()) expect(process.core.quorum).toMatchObject({ present: 3 })
  })
})

describe('the simulator', () => {
  it('notices that an announcement is not told', () => {
    const createCore = spoilt({
      send: (message) => {
        if (message.type !== 'updates') return message
        const updates = message.updates.filter(({ record, state }) => !(record?.leaving && state === 'alive'))
        return updates.length > 0 ? { ...message, updates } : undefined
      },
    })
    const failures = [1, 2, 3, 4].map(
      (seed) => runSeed(seed, 8, { ...realParts, createCore }, 'handover').failure,
    )
    expect(failures.map((failure) => failure?.invariant)).toContain('goodbye')
  })
})
