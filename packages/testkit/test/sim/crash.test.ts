import { describe, expect, it } from 'vitest'
import type { Simulation } from '../../src/sim/simulation.ts'
import { formedCluster, mustBecome, mustRest, told } from './real-cluster.ts'

/** What all processes have done so far. */
function totals(simulation: Simulation): { dials: number; frames: number } {
  const sum = { dials: 0, frames: 0 }
  for (const { process } of simulation.lives) {
    sum.dials += process.totals.dials
    sum.frames += process.totals.frames
  }
  return sum
}

describe('a killed member', () => {
  it.each([2, 3, 5, 16, 50])('is failed everywhere at once in a cluster of %i', (count) => {
    const simulation = formedCluster(count)
    simulation.kill('m-1')
    mustBecome(simulation, 'm-1', 'failed', simulation.bounds.crashRefusedMs)
    mustRest(simulation)
    expect(told(simulation, 'member-failed')).toHaveLength(count - 1)
  })

  it.each([5, 16])('is failed without a suspicion where there are enough observers (%i)', (count) => {
    const simulation = formedCluster(count)
    simulation.kill('m-1')
    mustBecome(simulation, 'm-1', 'failed', simulation.bounds.crashRefusedMs)
    expect(told(simulation, 'member-suspected')).toEqual([])
  })

  it.each([
    { count: 5, lateMs: 0 },
    { count: 16, lateMs: 0 },
    { count: 64, lateMs: 0 },
    { count: 64, lateMs: 60 },
  ])('costs few dials and frames ($count members, each of them late by $lateMs ms)', ({ count, lateMs }) => {
    const simulation = formedCluster(count)
    if (lateMs > 0) for (const { label } of simulation.live()) simulation.slow(label, lateMs, 10_000)
    simulation.run(3000)
    const before = totals(simulation)
    const { bounds } = simulation
    simulation.kill('m-1')
    const tookMs = mustBecome(simulation, 'm-1', 'failed', bounds.crashRefusedMs)
    const quiet = (count * bounds.quietFramesPerSecond * tookMs) / 1000
    const { dials, frames } = totals(simulation)
    // Late members may find out for themselves what has been sent to them already; few may.
    const share = lateMs > 0 ? 2 : 1
    expect(dials - before.dials).toBeLessThanOrEqual(share * bounds.crashDials)
    expect(frames - before.frames).toBeLessThanOrEqual(share * bounds.crashFrames + quiet)
  })

  it.each([
    { count: 5, unreachableMs: undefined },
    { count: 16, unreachableMs: undefined },
    { count: 5, unreachableMs: 50 },
  ])('is failed soon when its address goes with it ($count members, unreachable $unreachableMs)', (row) => {
    const simulation = formedCluster(row.count, { network: { unreachableMs: row.unreachableMs } })
    simulation.kill('m-1', { address: 'vanishes' })
    mustBecome(simulation, 'm-1', 'failed', simulation.bounds.crashGoneMs)
    mustRest(simulation)
  })

  it.each([2, 5, 16])('is failed by silence when its whole host is lost (%i members)', (count) => {
    const simulation = formedCluster(count)
    simulation.kill('m-1', { address: 'vanishes-first' })
    mustBecome(
      simulation,
      'm-1',
      'failed',
      count === 2 ? simulation.bounds.completenessMs : simulation.bounds.silenceFailedMs,
    )
    mustRest(simulation)
  })

  it('is failed everywhere even when half of the cluster is killed with it', () => {
    const simulation = formedCluster(16)
    for (let i = 0; i < 8; i++) simulation.kill(`m-${i}`)
    for (let i = 0; i < 8; i++) mustBecome(simulation, `m-${i}`, 'failed', simulation.bounds.completenessMs)
    mustRest(simulation)
  })

  it('is failed when all others but one are killed with it', () => {
    const simulation = formedCluster(3)
    simulation.kill('m-1')
    simulation.kill('m-2')
    mustBecome(simulation, 'm-1', 'failed', simulation.bounds.completenessMs)
    mustBecome(simulation, 'm-2', 'failed', simulation.bounds.completenessMs)
  })
})

describe('a member that is killed before anybody has checked its address', () => {
  it.each([2, 5, 16, 32])('is failed everywhere soon, too (%i others)', (count) => {
    for (const aliveMs of [20, 60, 100]) {
      const simulation = formedCluster(count)
      simulation.addMember('x')
      simulation.run(aliveMs)
      simulation.kill('x')
      mustBecome(simulation, 'x', 'failed', simulation.bounds.crashRefusedMs)
    }
  })
})

describe('a member whose announced address refuses everybody', () => {
  it.each([2, 5, 16])(
    'is failed nowhere when its links are reset as soon as it has joined (%i others)',
    (count) => {
      for (const aliveMs of [20, 60, 100]) {
        const simulation = formedCluster(count)
        const { process } = simulation.addMember('x')
        simulation.network.filter(process.host.ip, 'refused')
        for (let round = 0; round < 5; round++) {
          simulation.run(aliveMs)
          simulation.resetLinks('x')
        }
        simulation.run(5000)
        expect(told(simulation, 'member-failed')).toEqual([])
      }
    },
  )
})

describe('a member whose links are all reset', () => {
  it.each([2, 5, 16])('redials and is failed nowhere (%i members)', (count) => {
    const simulation = formedCluster(count)
    for (let round = 0; round < 5; round++) {
      simulation.resetLinks('m-1')
      simulation.run(3000)
    }
    mustRest(simulation)
    expect(told(simulation, 'member-failed')).toEqual([])
  })
})
