import { describe, expect, it } from 'vitest'
import type { Simulation } from '../../src/sim/simulation.ts'
import { formedCluster, mustAgree, mustBecome, mustRest, stateOf, told } from './real-cluster.ts'

/** What each live member but the one named holds of it. */
function held(simulation: Simulation, name: string): (string | undefined)[] {
  const others = simulation.live().filter((member) => member.name !== name)
  return others.map(({ label }) => stateOf(simulation, label, name))
}

const nobody = (count: number) => new Array<undefined>(count).fill(undefined)

/** A cluster of five in which m-4 has failed. */
function clusterWithDead(): Simulation {
  const simulation = formedCluster(5)
  simulation.kill('m-4', { address: 'vanishes' })
  mustBecome(simulation, 'm-4', 'failed', simulation.bounds.completenessMs)
  return simulation
}

describe('a failed member that is forgotten', () => {
  it('leaves every view at one hop, once', () => {
    const simulation = clusterWithDead()
    simulation.forget('m-0', 'm-4')
    simulation.run(simulation.bounds.oneHopMs)
    expect(held(simulation, 'm-4')).toEqual(nobody(4))
    simulation.run(30_000)
    expect(told(simulation, 'member-removed', 'm-4')).toHaveLength(4)
    mustRest(simulation)
  })

  it('leaves every view at once, too, when it has only just said goodbye', () => {
    const simulation = formedCluster(4)
    simulation.leave('m-3')
    simulation.run(50)
    simulation.forget('m-0', 'm-3')
    simulation.run(simulation.bounds.oneHopMs)
    expect(held(simulation, 'm-3')).toEqual(nobody(3))
    mustRest(simulation)
  })

  it('may be forgotten by two at once', () => {
    const simulation = clusterWithDead()
    simulation.forget('m-0', 'm-4')
    simulation.forget('m-3', 'm-4')
    simulation.run(5000)
    expect(held(simulation, 'm-4')).toEqual(nobody(4))
    expect(told(simulation, 'member-removed', 'm-4')).toHaveLength(4)
  })

  it('is dialed no more', () => {
    const simulation = clusterWithDead()
    simulation.run(20_000)
    simulation.forget('m-0', 'm-4')
    simulation.run(3000)
    const dials = () => simulation.live().reduce((sum, { process }) => sum + process.totals.dials, 0)
    const before = dials()
    simulation.run(20_000)
    expect(dials()).toBe(before)
  })

  it('is not brought back by a side that had not heard of it', () => {
    const simulation = clusterWithDead()
    simulation.cut(['m-0'])
    simulation.run(15_000)
    simulation.forget('m-1', 'm-4')
    simulation.run(15_000)
    expect(stateOf(simulation, 'm-0', 'm-4')).toBe('failed')
    simulation.heal()
    mustAgree(simulation)
    expect(held(simulation, 'm-4')).toEqual(nobody(4))
    mustRest(simulation)
  })

  it('is not brought back by a newcomer that hears of it from such a side', () => {
    const simulation = clusterWithDead()
    simulation.cut(['m-0', 'm-1'])
    simulation.run(15_000)
    simulation.forget('m-2', 'm-4')
    simulation.addMember('x')
    simulation.run(15_000)
    simulation.heal()
    mustAgree(simulation)
    expect(held(simulation, 'm-4')).toEqual(nobody(5))
    mustRest(simulation)
  })

  it('is forgotten too by a side that holds another end of it', () => {
    const simulation = formedCluster(5)
    simulation.cut(['m-0', 'm-1'])
    simulation.run(15_000)
    simulation.leave('m-4')
    simulation.run(2000)
    simulation.forget('m-0', 'm-4')
    simulation.run(2000)
    expect([stateOf(simulation, 'm-0', 'm-4'), stateOf(simulation, 'm-2', 'm-4')]).toEqual([
      undefined,
      'left',
    ])
    simulation.heal()
    mustAgree(simulation)
    expect(held(simulation, 'm-4')).toEqual(nobody(4))
  })

  it('is welcome when it comes back as another life', () => {
    const simulation = clusterWithDead()
    simulation.forget('m-0', 'm-4')
    simulation.run(1000)
    simulation.restart('m-4', { clockBackMs: 60_000 })
    mustAgree(simulation)
    mustRest(simulation)
  })

  it('stays expected', () => {
    const simulation = formedCluster(5, { expectedSize: 5 })
    simulation.kill('m-4')
    simulation.run(5000)
    simulation.forget('m-0', 'm-4')
    simulation.run(1000)
    const { quorum } = simulation.member('m-0').process.core
    expect(quorum).toEqual({ state: 'majority', basis: 'given', expected: 5, present: 4 })
  })
})

describe('a member that only looked dead and is forgotten', () => {
  it('is back in every view when it thaws', () => {
    const simulation = formedCluster(5)
    simulation.freeze('m-4')
    mustBecome(simulation, 'm-4', 'failed', simulation.bounds.completenessMs)
    simulation.forget('m-0', 'm-4')
    simulation.run(5000)
    expect(held(simulation, 'm-4')).toEqual(nobody(4))
    simulation.thaw('m-4')
    mustAgree(simulation)
    mustRest(simulation)
  })

  it('is back when the word crosses its return', () => {
    const simulation = formedCluster(5)
    simulation.cut(['m-4'])
    simulation.run(15_000)
    simulation.heal()
    simulation.runUntil(() => held(simulation, 'm-4').includes('alive'), simulation.bounds.repairMs)
    for (const { label } of simulation.live()) simulation.forget(label, 'm-4')
    mustAgree(simulation)
    mustRest(simulation)
  })
})

describe('a member that left and is forgotten', () => {
  it('leaves every view, and one that is here stays', () => {
    const simulation = formedCluster(4)
    simulation.leave('m-3')
    simulation.run(2000)
    simulation.forget('m-0', 'm-3')
    simulation.forget('m-0', 'm-1')
    simulation.forget('m-0', 'nobody')
    simulation.run(2000)
    expect(held(simulation, 'm-3')).toEqual(nobody(3))
    expect(held(simulation, 'm-1')).toEqual(['alive', 'alive'])
    mustRest(simulation)
  })
})
