import { createCore } from '@rollcall/membership/internal'
import { describe, expect, it } from 'vitest'
import { playStep } from '../../src/sim/play/play-step.ts'
import type { Simulation } from '../../src/sim/simulation.ts'
import { formedCluster, mustBecome, mustRest, told } from './real-cluster.ts'

interface Ids {
  readonly clusterId: string
  readonly alsoClusterIds?: readonly string[]
}

/** A cluster, and how its members are configured from now on; a member of another cluster has an id of its own. */
function configured(count: number, first: Ids): { simulation: Simulation; configure: (ids: Ids) => void } {
  let ids = first
  const simulation = formedCluster(count, {
    seed: 11,
    createCore: (options, now) =>
      createCore(options.clusterId === 'foreign' ? options : { ...options, ...ids }, now),
  })
  return {
    simulation,
    configure: (next) => {
      ids = next
    },
  }
}

/** Restarts one after the other, as a StatefulSet does: with a goodbye, and at a new address. */
function rollOut(simulation: Simulation, count: number): void {
  for (let i = count - 1; i >= 0; i--) {
    simulation.leave(`m-${i}`)
    simulation.run(1000)
    simulation.restart(`m-${i}`)
    mustRest(simulation)
  }
}

describe('the id of a cluster', () => {
  it('changes in two steps, while nobody is suspected or alone, and other clusters stay out', () => {
    const { simulation, configure } = configured(5, { clusterId: 'old' })
    playStep(simulation, { at: 0, type: 'foreign', member: 'f-0', name: 'f-0' })
    playStep(simulation, { at: 0, type: 'dns', mode: 'foreign', forMs: 600_000 })
    configure({ clusterId: 'old', alsoClusterIds: ['new'] })
    rollOut(simulation, 5)
    configure({ clusterId: 'new' })
    rollOut(simulation, 5)
    expect(told(simulation, 'member-suspected')).toEqual([])
    expect(told(simulation, 'member-failed')).toEqual([])
    expect(told(simulation, 'isolated')).toEqual([])
    expect(simulation.liveByCluster().map((members) => members.length)).toEqual([5, 1])
    const refusals = simulation.live().map(({ process }) => process.core.counters['refused-4002'] ?? 0)
    expect(refusals.every((count) => count > 0)).toBe(true)
  })

  it('splits the cluster when it changes in one step', () => {
    const { simulation, configure } = configured(4, { clusterId: 'old' })
    configure({ clusterId: 'new' })
    simulation.leave('m-3')
    mustBecome(simulation, 'm-3', 'left', simulation.bounds.oneHopMs)
    simulation.restart('m-3')
    simulation.run(20_000)
    const present = simulation
      .live()
      .map(({ process }) => process.core.view.members.filter(({ state }) => state === 'alive').length)
    expect(present.sort()).toEqual([1, 3, 3, 3])
  })
})
