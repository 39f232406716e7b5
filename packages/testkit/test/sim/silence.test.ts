import { describe, expect, it } from 'vitest'
import { formedCluster, mustBecome, mustRest, told } from './real-cluster.ts'

describe('a frozen member', () => {
  it.each([5, 16, 50])(
    'is suspected within about a second and failed in about four (%i members)',
    (count) => {
      const simulation = formedCluster(count)
      simulation.freeze('m-1')
      const suspectMs = mustBecome(simulation, 'm-1', 'suspect', simulation.bounds.silenceSuspectMs)
      const failedMs =
        suspectMs + mustBecome(simulation, 'm-1', 'failed', simulation.bounds.silenceFailedMs - suspectMs)
      expect(failedMs).toBeGreaterThan(simulation.protocol.failAfterMs - 10)
      simulation.thaw('m-1')
      mustBecome(simulation, 'm-1', 'alive', simulation.bounds.repairMs)
      mustRest(simulation)
      expect(new Set(told(simulation, 'member-failed').map((line) => line.split(' ')[1]))).toEqual(
        new Set(['m-1']),
      )
    },
  )

  it.each([2, 5, 16])(
    'is not failed when it is frozen for 3 s and runs for 0.5 s, over and over (%i members)',
    (count) => {
      const simulation = formedCluster(count)
      for (let round = 0; round < 17; round++) {
        simulation.freeze('m-1', 3000)
        simulation.run(3500)
      }
      mustRest(simulation)
      expect(told(simulation, 'member-failed')).toEqual([])
    },
  )

  it.each([2, 5, 16])('accuses nobody after a sleep of 20 s (%i members)', (count) => {
    const simulation = formedCluster(count)
    simulation.freeze('m-1', 20_000)
    simulation.run(25_000)
    mustRest(simulation)
    expect(told(simulation, 'member-failed').filter((line) => line.startsWith('m-1 '))).toEqual([])
    expect(told(simulation, 'member-suspected').filter((line) => line.startsWith('m-1 '))).toEqual([])
  })

  it('does not take others with it when a quarter of the cluster is frozen', () => {
    const simulation = formedCluster(16)
    for (let i = 0; i < 4; i++) simulation.freeze(`m-${i}`, 10_000)
    simulation.run(15_000)
    mustRest(simulation)
    const failed = new Set(told(simulation, 'member-failed').map((line) => line.split(' ')[1]))
    expect([...failed].sort()).toEqual(['m-0', 'm-1', 'm-2', 'm-3'])
  })
})

describe('a slow member', () => {
  it('is failed nowhere and calls nobody failed', () => {
    const simulation = formedCluster(8)
    simulation.slow('m-1', 400, 30_000)
    simulation.run(35_000)
    mustRest(simulation)
    expect(told(simulation, 'member-failed')).toEqual([])
  })
})

describe('a slow network', () => {
  it('with 50 ms of latency, jitter and lost packets makes nobody failed', () => {
    const simulation = formedCluster(8, {
      network: { minLatencyMs: 20, maxLatencyMs: 50, jitterMs: 30, lossChance: 0.05 },
    })
    simulation.run(60_000)
    expect(told(simulation, 'member-failed')).toEqual([])
  })
})
