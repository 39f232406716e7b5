import { describe, expect, it } from 'vitest'
import { foreign } from '../../src/sim/invariants/foreign.ts'
import { playStep } from '../../src/sim/play/play-step.ts'
import { formedCluster, mustRest, realCluster } from './real-cluster.ts'
import { spoilt } from './spoilt-core.ts'

describe('members of another cluster', () => {
  it('are never admitted, though DNS lists them and one has the name and the address of ours', () => {
    const simulation = formedCluster(4)
    simulation.kill('m-1', { address: 'vanishes' })
    playStep(simulation, { at: 0, type: 'foreign', member: 'f-0', name: 'm-1', ip: 'reused-last' })
    playStep(simulation, { at: 0, type: 'foreign', member: 'f-1', name: 'm-2' })
    playStep(simulation, { at: 0, type: 'dns', mode: 'foreign', forMs: 20_000 })
    simulation.run(20_000)
    mustRest(simulation)
    const sizes = simulation.liveByCluster().map((members) => members.length)
    expect(sizes).toEqual([3, 2])
  })

  it('would be noticed in a view', () => {
    const createCore = spoilt({ options: (options) => ({ ...options, clusterId: 'one-for-all' }) })
    const simulation = realCluster({ createCore, checks: [foreign] })
    simulation.addMembers(2)
    playStep(simulation, { at: 0, type: 'foreign', member: 'f-0', name: 'f-0' })
    playStep(simulation, { at: 0, type: 'dns', mode: 'foreign', forMs: 20_000 })
    expect(() => simulation.run(5000)).toThrow(/foreign: m-\d admits a f-0 of the cluster "foreign"/)
  })
})
