import { describe, expect, it } from 'vitest'
import type { Simulation } from '../../src/sim/simulation.ts'
import { formedCluster, mustAgree, realCluster, told } from './real-cluster.ts'

/** A whole cluster that has started is sure of itself after this, when it was given no size. */
const LEARNT_MS = 62_000

const quorum = (simulation: Simulation, label: string) => simulation.member(label).process.core.quorum

/** How each live member of those named stands: `state present/expected`. */
function standings(simulation: Simulation, ...labels: string[]): string[] {
  const asked = labels.length > 0 ? labels : simulation.live().map(({ label }) => label)
  return asked.map((label) => {
    const { state, present, expected } = quorum(simulation, label)
    return `${state} ${present}/${expected}`
  })
}

/** A cluster that has learnt its own size. */
function learntCluster(count: number, names = 'm'): Simulation {
  const simulation = realCluster()
  simulation.addMembers(count, names)
  mustAgree(simulation)
  simulation.run(LEARNT_MS)
  return simulation
}

const all = (count: number, text: string) => new Array<string>(count).fill(text)

describe('a whole cluster that starts', () => {
  it('does not know for a minute what it should be', () => {
    const simulation = formedCluster(5)
    simulation.run(50_000)
    expect(standings(simulation)).toEqual(all(5, 'unknown 5/5'))
    simulation.run(10_000)
    expect(standings(simulation)).toEqual(all(5, 'majority 5/5'))
    expect(quorum(simulation, 'm-0').basis).toBe('learnt')
  })

  it('knows at once when it was given its size', () => {
    const simulation = realCluster({ expectedSize: 5 })
    simulation.addMembers(2)
    simulation.run(2000)
    expect(standings(simulation)).toEqual(all(2, 'minority 2/5'))
    simulation.addMember('m-2')
    simulation.run(1000)
    expect(standings(simulation)).toEqual(all(3, 'majority 3/5'))
    expect(quorum(simulation, 'm-0').basis).toBe('given')
  })

  it('of one member that nobody else is listed with becomes a majority of one', () => {
    const simulation = learntCluster(1)
    expect(standings(simulation)).toEqual(['majority 1/1'])
  })

  it('waits for whoever is listed and not reached', () => {
    const simulation = realCluster()
    simulation.service.publish('10.9.9.9:7946')
    simulation.addMembers(2, 'node-x')
    simulation.run(120_000)
    expect(standings(simulation)).toEqual(all(2, 'unknown 2/2'))
    simulation.service.remove('10.9.9.9:7946')
    simulation.run(40_000)
    expect(standings(simulation)).toEqual(all(2, 'majority 2/2'))
  })

  it('expects as many as the highest ordinal tells of', () => {
    const simulation = realCluster()
    for (const name of ['web-0', 'web-4']) simulation.addMember(name)
    simulation.run(LEARNT_MS)
    expect(standings(simulation)).toEqual(all(2, 'unknown 2/5'))
    simulation.addMember('web-1')
    simulation.run(LEARNT_MS)
    expect(standings(simulation)).toEqual(all(3, 'majority 3/5'))
  })
})

describe('a newcomer', () => {
  it('takes over what the cluster knows', () => {
    const simulation = learntCluster(5)
    simulation.addMember('m-5')
    simulation.run(2000)
    expect(standings(simulation)).toEqual(all(6, 'majority 6/6'))
  })

  it('that replaces its old life changes nothing, one after the other', () => {
    const simulation = learntCluster(3)
    for (const label of ['m-0', 'm-1', 'm-2']) {
      simulation.restart(label)
      simulation.run(5000)
      expect(standings(simulation)).toEqual(all(3, 'majority 3/3'))
    }
  })

  it('waits no longer for the word of members that were restarted before it agreed with them', () => {
    const simulation = learntCluster(4)
    for (const label of ['m-1', 'm-2']) simulation.kill(label)
    simulation.run(50)
    simulation.restart('m-0', { sameAddress: true })
    simulation.run(50)
    for (const label of ['m-1', 'm-2', 'm-3']) simulation.restart(label, { sameAddress: true })
    simulation.run(LEARNT_MS)
    expect(standings(simulation)).toEqual(all(4, 'majority 4/4'))
  })
})

describe('a death', () => {
  it('of one of two leaves no majority', () => {
    const simulation = learntCluster(2)
    simulation.kill('m-1')
    simulation.run(3000)
    expect(standings(simulation)).toEqual(['minority 1/2'])
    simulation.restart('m-1')
    simulation.run(3000)
    expect(standings(simulation)).toEqual(all(2, 'majority 2/2'))
  })

  it('does not make the cluster smaller, and forgetting neither', () => {
    const protocol = { forgetAfterMs: 30_000 }
    const simulation = realCluster({ protocol })
    simulation.addMembers(5)
    simulation.run(LEARNT_MS)
    simulation.kill('m-3')
    simulation.kill('m-4')
    simulation.run(40_000)
    expect(simulation.member('m-0').process.core.view.members).toHaveLength(3)
    expect(standings(simulation)).toEqual(all(3, 'majority 3/5'))
    simulation.kill('m-2')
    simulation.run(10_000)
    expect(standings(simulation)).toEqual(all(2, 'minority 2/5'))
    for (const label of ['m-0', 'm-1']) simulation.setExpectedSize(label, 3)
    simulation.run(10)
    expect(standings(simulation)).toEqual(all(2, 'majority 2/3'))
  })
})

describe('a goodbye', () => {
  it('makes a whole cluster smaller, down to one and up again', () => {
    const simulation = learntCluster(6, 'web')
    for (const label of ['web-5', 'web-4', 'web-3']) {
      simulation.leave(label)
      simulation.run(3000)
    }
    expect(standings(simulation)).toEqual(all(3, 'majority 3/3'))
    simulation.leave('web-2')
    simulation.leave('web-1')
    simulation.run(3000)
    expect(standings(simulation)).toEqual(['majority 1/1'])
    for (const label of ['web-1', 'web-2', 'web-3']) simulation.restart(label)
    simulation.run(3000)
    expect(standings(simulation)).toEqual(all(4, 'majority 4/4'))
  })

  it('makes a minority no larger', () => {
    const simulation = learntCluster(6, 'web')
    simulation.cut(['web-0', 'web-1', 'web-2', 'web-3'])
    simulation.run(20_000)
    expect(standings(simulation, 'web-0', 'web-4')).toEqual(['majority 4/6', 'minority 2/6'])
    simulation.leave('web-5')
    simulation.run(5000)
    expect(standings(simulation, 'web-0', 'web-4')).toEqual(['majority 4/6', 'minority 1/6'])
    simulation.heal()
    mustAgree(simulation)
    simulation.run(1000)
    expect(standings(simulation)).toEqual(all(5, 'majority 5/5'))
  })
})

describe('two sides of a partition', () => {
  it('are a majority and a minority, and the minority says so before the others call it failed', () => {
    const simulation = learntCluster(5)
    const cutAt = simulation.clock.now
    simulation.cut(['m-0', 'm-1'])
    simulation.run(20_000)
    expect(standings(simulation, 'm-0', 'm-1')).toEqual(all(2, 'minority 2/5'))
    expect(standings(simulation, 'm-2', 'm-3', 'm-4')).toEqual(all(3, 'majority 3/5'))
    const first = (who: string[], text: string) =>
      simulation.transcript.entries
        .filter((entry) => entry.at >= cutAt && who.includes(entry.who) && entry.what.startsWith(text))
        .map(({ at }) => at)
    const steppedDown = Math.max(...first(['m-0', 'm-1'], 'quorum-changed minority'))
    const tookOver = Math.min(...first(['m-2', 'm-3', 'm-4'], 'member-failed'))
    expect(steppedDown).toBeLessThan(tookOver)
    simulation.heal()
    mustAgree(simulation)
    expect(standings(simulation)).toEqual(all(5, 'majority 5/5'))
  })

  it.each([
    [2, 5],
    [1, 16],
    [2, 16],
    [4, 16],
  ])('are told apart in time also where few are cut from many (%i of %i)', (few, many) => {
    for (const seed of [1, 2, 3]) {
      const simulation = formedCluster(many, { expectedSize: many, seed })
      const side = Array.from({ length: few }, (_, i) => `m-${i}`)
      simulation.cut(side)
      simulation.run(3000)
      expect(standings(simulation, ...side)).toEqual(side.map(() => expect.stringContaining('minority')))
      expect(told(simulation, 'member-failed')).toEqual([])
    }
  })

  it('of the same size are both a minority', () => {
    const simulation = learntCluster(4)
    simulation.cut(['m-0', 'm-1'])
    simulation.run(20_000)
    expect(standings(simulation)).toEqual(all(4, 'minority 2/4'))
  })

  it('do not become a majority by newcomers on the smaller side', () => {
    const simulation = learntCluster(5)
    simulation.cut(['m-2', 'm-3', 'm-4'])
    simulation.run(20_000)
    const newcomers = ['x', 'y', 'z', 'w'].map((name) => simulation.addMember(name).label)
    simulation.run(90_000)
    expect(standings(simulation, 'm-0', 'm-1', ...newcomers)).toEqual(all(6, 'minority 2/9'))
    expect(standings(simulation, 'm-2', 'm-3', 'm-4')).toEqual(all(3, 'majority 3/5'))
    simulation.heal()
    mustAgree(simulation)
    simulation.run(1000)
    expect(standings(simulation)).toEqual(all(9, 'majority 9/9'))
  })

  it('do not either when a size was given and the smaller side is nearly all new', () => {
    const simulation = formedCluster(5, { expectedSize: 5 })
    simulation.cut(['m-2', 'm-3', 'm-4'])
    simulation.run(20_000)
    const newcomers = ['x', 'y', 'z', 'w'].map((name) => simulation.addMember(name).label)
    simulation.run(10_000)
    simulation.restart('m-1')
    simulation.run(10_000)
    expect(standings(simulation, 'm-0', 'm-1', ...newcomers)).toEqual(all(6, 'minority 2/9'))
  })

  it('count newcomers that leave again neither way', () => {
    const simulation = learntCluster(5)
    simulation.cut(['m-2', 'm-3', 'm-4'])
    simulation.run(20_000)
    simulation.addMember('x')
    simulation.run(5000)
    simulation.leave('x')
    simulation.run(5000)
    expect(standings(simulation, 'm-0', 'm-1')).toEqual(all(2, 'minority 2/5'))
  })

  it('remember the other side for as long as it takes, so that a restarted member learns of it', () => {
    const simulation = realCluster({ protocol: { forgetAfterMs: 30_000 } })
    for (const name of ['a', 'b', 'c', 'd', 'e']) simulation.addMember(name)
    simulation.run(LEARNT_MS)
    simulation.cut(['a', 'b'])
    simulation.run(60_000)
    const before = simulation.clock.now
    simulation.restart('b')
    simulation.run(90_000)
    expect(standings(simulation, 'a', 'b')).toEqual(all(2, 'minority 2/5'))
    const claims = simulation.transcript.entries.filter(
      ({ at, who, what }) => at > before && 'ab'.includes(who) && what.startsWith('quorum-changed majority'),
    )
    expect(claims).toEqual([])
    simulation.heal()
    mustAgree(simulation)
    simulation.run(1000)
    expect(standings(simulation)).toEqual(all(5, 'majority 5/5'))
  })
})

describe('an isolated member', () => {
  it('is in no majority', () => {
    const simulation = learntCluster(3)
    simulation.cut(['m-0'])
    simulation.run(simulation.bounds.isolatedMs)
    expect(standings(simulation, 'm-0')).toEqual(['minority 1/3'])
  })
})
