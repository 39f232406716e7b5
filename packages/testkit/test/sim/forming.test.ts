import { describe, expect, it } from 'vitest'
import { checkQuiet } from '../../src/sim/invariants/settled.ts'
import type { Simulation } from '../../src/sim/simulation.ts'
import { formedCluster, mustAgree, mustRest, realCluster, told } from './real-cluster.ts'

const dials = (simulation: Simulation) =>
  simulation.lives.reduce(
    (sum, { process }) => sum + process.totals.dials - (process.core.counters['address-checks'] ?? 0),
    0,
  )

describe('a cluster', () => {
  it.each([2, 5, 16, 50])('forms from full DNS with few dials (%i members at once)', (count) => {
    const simulation = realCluster()
    simulation.addMembers(count)
    mustAgree(simulation, simulation.bounds.repairMs)
    mustRest(simulation)
    const pairs = (count * (count - 1)) / 2
    expect(dials(simulation) / pairs).toBeLessThanOrEqual(Math.max(simulation.bounds.dialsPerPair, 2 / pairs))
    expect(told(simulation, 'member-failed')).toEqual([])
    expect(told(simulation, 'member-suspected')).toEqual([])
  })

  it('forms of members that start one by one', () => {
    const simulation = realCluster()
    for (let i = 0; i < 10; i++) {
      simulation.addMember(`m-${i}`)
      simulation.run(700)
    }
    mustRest(simulation)
    expect(dials(simulation) / 45).toBeLessThanOrEqual(simulation.bounds.dialsPerPair)
  })

  it.each([5, 16, 50])('takes in a newcomer with one dial a pair (%i members)', (count) => {
    const simulation = formedCluster(count)
    const before = dials(simulation)
    simulation.addMember('new')
    mustAgree(simulation, 1000)
    mustRest(simulation)
    expect((dials(simulation) - before) / count).toBeLessThanOrEqual(simulation.bounds.dialsPerPair)
  })

  it('forms when DNS was empty at first and the records appear', () => {
    const simulation = realCluster()
    simulation.service.mode = 'empty'
    simulation.addMembers(16)
    simulation.run(5000)
    expect(simulation.live().every(({ process }) => process.core.view.members.length === 1)).toBe(true)
    simulation.service.mode = 'normal'
    mustAgree(simulation)
    mustRest(simulation)
  })

  it.each(['partial', 'failing'] as const)('forms when DNS is %s for a while', (mode) => {
    const simulation = realCluster()
    simulation.service.mode = mode
    simulation.addMembers(10)
    simulation.run(3000)
    simulation.service.mode = 'normal'
    mustRest(simulation)
  })

  it('forms although DNS lists addresses where nobody is', () => {
    const simulation = realCluster()
    for (let i = 0; i < 20; i++) simulation.service.list(`10.9.0.${i}:7946`)
    simulation.addMembers(8)
    mustRest(simulation)
  })

  it('stays whole when its records vanish from DNS', () => {
    const simulation = formedCluster(5)
    simulation.service.mode = 'empty'
    simulation.run(60_000)
    simulation.service.mode = 'normal'
    mustRest(simulation)
    expect(told(simulation, 'member-failed')).toEqual([])
  })

  it.each([2, 16])('is quiet when nothing happens (%i members)', (count) => {
    const simulation = formedCluster(count)
    checkQuiet(simulation, 60_000)
    expect(told(simulation, 'member-suspected')).toEqual([])
  })
})
