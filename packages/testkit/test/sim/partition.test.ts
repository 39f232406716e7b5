import { describe, expect, it } from 'vitest'
import type { Simulation } from '../../src/sim/simulation.ts'
import { formedCluster, mustAgree, mustBecome, mustRest, realCluster, told } from './real-cluster.ts'

const ways = ['both ways', 'outgoing only', 'incoming only'] as const

/** Cuts m-0 off from all others. */
function cutOff(simulation: Simulation, way: (typeof ways)[number]): void {
  const others = simulation.live().flatMap(({ label }) => (label === 'm-0' ? [] : [label]))
  if (way === 'incoming only') simulation.cut(others, ['m-0'], { isOneWay: true })
  else simulation.cut(['m-0'], others, { isOneWay: way === 'outgoing only' })
}

describe('a member cut off from all others', () => {
  const rows = [2, 3, 5, 16].flatMap((count) => ways.map((way) => ({ count, way })))
  it.each(rows)(
    'says that it is isolated before it calls anyone failed ($count members, $way)',
    ({ count, way }) => {
      const simulation = formedCluster(count)
      cutOff(simulation, way)
      const cutAt = simulation.clock.now
      const { completenessMs, isolatedCompletenessMs } = simulation.bounds
      simulation.run(count === 2 ? completenessMs : isolatedCompletenessMs)
      const own = simulation.transcript.entries.filter(
        ({ who, isStep, at }) => who === 'm-0' && !isStep && at >= cutAt,
      )
      const isolatedAt = own.findIndex(({ what }) => what.startsWith('isolated true'))
      const failedAt = own.findIndex(({ what }) => what.startsWith('member-failed'))
      expect(isolatedAt, simulation.transcript.text()).toBeGreaterThanOrEqual(0)
      expect((own[isolatedAt]?.at ?? 0) - cutAt).toBeLessThan(simulation.bounds.isolatedMs)
      expect(failedAt).toBeGreaterThan(isolatedAt)
      expect(simulation.member('m-0').process.core.isolated).toBe(true)
      simulation.heal()
      mustAgree(simulation, simulation.bounds.repairMs)
      expect(simulation.member('m-0').process.core.isolated).toBe(false)
      mustRest(simulation)
    },
  )

  it.each([2, 3, 5, 16])('says so also when all others are frozen (%i members)', (count) => {
    const simulation = formedCluster(count)
    for (let i = 1; i < count; i++) simulation.freeze(`m-${i}`)
    simulation.run(simulation.bounds.isolatedMs)
    expect(simulation.member('m-0').process.core.isolated).toBe(true)
    simulation.run(simulation.bounds.isolatedCompletenessMs)
    const own = simulation.transcript.entries.filter(({ who, isStep }) => who === 'm-0' && !isStep)
    const types = own.map(({ what }) => what.split(' ')[0])
    expect(types.indexOf('member-failed')).toBeGreaterThan(types.lastIndexOf('isolated'))
  })

  it.each([3, 5, 16])(
    'fails nobody for the minute for which it may itself be at fault (%i members)',
    (count) => {
      const simulation = formedCluster(count)
      simulation.cut(['m-0'])
      const cutAt = simulation.clock.now
      simulation.run(50_000)
      simulation.heal()
      mustAgree(simulation, simulation.bounds.repairMs)
      simulation.run(15_000)
      const verdicts = simulation.transcript.entries.filter(
        ({ who, what, at }) => who === 'm-0' && at >= cutAt && what.startsWith('member-failed'),
      )
      expect(verdicts).toEqual([])
    },
  )

  it.each([5, 16])('is back in one view after 60 s (%i members)', (count) => {
    const simulation = formedCluster(count)
    simulation.cut(['m-0'])
    simulation.run(60_000)
    simulation.heal()
    mustAgree(simulation, simulation.bounds.repairMs)
    mustRest(simulation)
  })
})

describe('two halves cut from each other', () => {
  it.each([
    { count: 6, isOneWay: false },
    { count: 16, isOneWay: false },
    { count: 6, isOneWay: true },
  ])('go on, and merge when the cut heals ($count members, one way: $isOneWay)', ({ count, isOneWay }) => {
    const simulation = formedCluster(count)
    const half = Array.from({ length: count / 2 }, (_, i) => `m-${i}`)
    simulation.cut(half, undefined, { isOneWay })
    simulation.run(60_000)
    expect(
      simulation.member('m-0').process.core.view.members.filter(({ state }) => state === 'failed'),
    ).toHaveLength(count / 2)
    simulation.heal()
    mustAgree(simulation, simulation.bounds.repairMs)
    mustRest(simulation)
  })

  it('merge although DNS is empty by then', () => {
    const simulation = formedCluster(6)
    simulation.cut(['m-0', 'm-1', 'm-2'])
    simulation.service.mode = 'empty'
    simulation.run(60_000)
    simulation.heal()
    mustAgree(simulation, simulation.bounds.repairMs)
  })

  it('merge although DNS still lists many crashed members', () => {
    const simulation = realCluster({ network: { giveUpMs: 20_000 } })
    simulation.addMembers(24, 'dead')
    simulation.run(5000)
    simulation.addMembers(4)
    simulation.run(5000)
    for (let i = 0; i < 24; i++) {
      const { address } = simulation.member(`dead-${i}`).process
      simulation.kill(`dead-${i}`)
      simulation.service.publish(address)
      simulation.run(200)
    }
    simulation.run(20_000)
    simulation.cut(['m-0', 'm-1'])
    simulation.run(60_000)
    simulation.heal()
    mustAgree(simulation, simulation.bounds.repairMs)
  })

  it('each notice a death on their own side, and agree on both afterwards', () => {
    const simulation = formedCluster(8)
    simulation.cut(['m-0', 'm-1', 'm-2', 'm-3'])
    simulation.run(20_000)
    simulation.kill('m-0')
    simulation.kill('m-7')
    simulation.run(10_000)
    simulation.heal()
    mustBecome(simulation, 'm-0', 'failed', simulation.bounds.repairMs)
    mustBecome(simulation, 'm-7', 'failed', simulation.bounds.repairMs)
    mustRest(simulation)
    expect(told(simulation, 'member-left')).toEqual([])
  })
})

describe('a short cut', () => {
  it('of less than the tolerated time makes nobody failed', () => {
    const simulation = formedCluster(6)
    simulation.cut(['m-0'])
    simulation.run(1500)
    simulation.heal()
    mustRest(simulation)
    expect(told(simulation, 'member-failed')).toEqual([])
  })
})
