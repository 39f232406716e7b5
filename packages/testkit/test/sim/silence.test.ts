import { describe, expect, it } from 'vitest'
import type { Simulation } from '../../src/sim/simulation.ts'
import { formedCluster, mustAgree, mustBecome, mustRest, realCluster, told } from './real-cluster.ts'

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

describe('two frozen members', () => {
  it.each([4, 5, 6])(
    'are failed as soon as one is, however few are left to confirm it (%i members)',
    (count) => {
      const simulation = formedCluster(count)
      simulation.freeze('m-0')
      simulation.freeze('m-1')
      simulation.run(simulation.bounds.silenceFailedMs)
      const verdicts = told(simulation, 'member-failed').map((line) => line.split(' ').slice(0, 2).join(' '))
      const observers = simulation.live().map(({ label }) => label)
      const wanted = observers.filter((name) => !['m-0', 'm-1'].includes(name))
      expect(verdicts.sort()).toEqual(wanted.flatMap((name) => [`${name} m-0`, `${name} m-1`]).sort())
    },
  )
})

describe('the time to notice a freeze', () => {
  it.each([5, 16])('is about a second to suspect and four to failed, at any size (%i members)', (count) => {
    // The phases of the members' probes, which a run keeps, make one quicker than another.
    expectQuickVerdicts([1, 2, 3, 4, 5].map((seed) => formedCluster(count, { checks: [], seed })))
  })

  it('is the same two seconds after 64 members have formed under load, their links hardly measured', () => {
    expectQuickVerdicts([1, 2, 3, 4, 5].map(formedUnderLoad))
  })

  it('is the same for a newcomer whom most had no turn for yet', () => {
    const simulation = formedCluster(32, { checks: [] })
    simulation.addMember('late')
    mustAgree(simulation)
    simulation.freeze('late')
    mustBecome(simulation, 'late', 'suspect', simulation.bounds.silenceSuspectMs)
  })
})

function formedUnderLoad(seed: number): Simulation {
  const simulation = realCluster({ checks: [], seed })
  for (const member of simulation.addMembers(64)) simulation.slow(member.label, 600, 8000)
  simulation.run(8000)
  mustAgree(simulation)
  simulation.run(2000)
  return simulation
}

/** Freezes one member after the other: each verdict within its bound, and the usual one quick. */
function expectQuickVerdicts(simulations: readonly Simulation[]): void {
  const times = simulations.flatMap((simulation) =>
    ['m-0', 'm-1', 'm-2', 'm-3', 'm-4'].map((victim) => timesOfFreeze(simulation, victim)),
  )
  const { bounds } = simulations[0] as Simulation
  expect(median(times.map(({ suspectMs }) => suspectMs))).toBeLessThan(bounds.medianSuspectMs)
  expect(median(times.map(({ failedMs }) => failedMs))).toBeLessThan(bounds.medianFailedMs)
}

function timesOfFreeze(simulation: Simulation, victim: string): { suspectMs: number; failedMs: number } {
  const { bounds } = simulation
  simulation.freeze(victim)
  const suspectMs = mustBecome(simulation, victim, 'suspect', bounds.silenceSuspectMs)
  const failedMs = suspectMs + mustBecome(simulation, victim, 'failed', bounds.silenceFailedMs - suspectMs)
  simulation.thaw(victim)
  mustBecome(simulation, victim, 'alive', bounds.repairMs)
  // For as long as the late acks of the one that went on count, all are more patient.
  simulation.run(3000)
  return { suspectMs, failedMs }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number
}

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
