import { describe, expect, it } from 'vitest'
import { realCluster, told } from './real-cluster.ts'

const waitsMs = Array.from({ length: 40 }, (_, step) => step * 5)

describe('a member that leaves while its link comes up', () => {
  it('says goodbye on it, whenever that is, and does not wait for its timeout', () => {
    const slow: number[] = []
    const failed = waitsMs.filter((waitMs) => {
      const simulation = realCluster({ seed: 5, network: { minLatencyMs: 20, maxLatencyMs: 25 } })
      simulation.addMembers(2)
      simulation.run(waitMs)
      simulation.leave('m-1')
      simulation.run(1000)
      if (simulation.member('m-1').isLive) slow.push(waitMs)
      simulation.run(14_000)
      return told(simulation, 'member-failed').length > 0
    })
    expect({ failed, slow }).toEqual({ failed: [], slow: [] })
  })
})
