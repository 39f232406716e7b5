import type { Fact } from '@rollcall/membership/internal'
import { describe, expect, it } from 'vitest'
import { type CheckFactory, InvariantError } from '../../src/sim/check.ts'
import { allChecks } from '../../src/sim/invariants/all.ts'
import { isolation } from '../../src/sim/invariants/isolation.ts'
import { ownQuorum } from '../../src/sim/invariants/own-quorum.ts'
import { quorum } from '../../src/sim/invariants/quorum.ts'
import type { Simulation } from '../../src/sim/simulation.ts'
import { mustRest, realCluster } from './real-cluster.ts'
import { type Spoiling, spoilt } from './spoilt-core.ts'

/** The invariant that six such members break when this is done to them. */
function brokenBy(
  spoiling: Spoiling,
  play: (simulation: Simulation) => void = () => {},
  checks: readonly CheckFactory[] = allChecks,
): string {
  const simulation = realCluster({ createCore: spoilt(spoiling), expectedSize: 6, checks })
  try {
    simulation.addMembers(6)
    simulation.run(5000)
    play(simulation)
    simulation.run(25_000)
    mustRest(simulation)
  } catch (error) {
    if (error instanceof InvariantError) return error.invariant
    throw error
  }
  return 'none'
}

const killOne = (simulation: Simulation) => simulation.kill('m-0')

describe('the invariants', () => {
  it('hold for the core as it is', () => {
    expect(brokenBy({}, killOne)).toBe('none')
  })

  it('catch members that neither answer pings nor refute', () => {
    const send: Spoiling['send'] = (message) => {
      if (/ack/.test(message.type)) return undefined
      // What each says of itself is left out, so that only suspicions travel.
      return 'updates' in message
        ? { ...message, updates: message.updates.filter((fact) => fact.state !== 'alive') }
        : message
    }
    expect(brokenBy({ send })).toBe('accuracy')
  })

  it('catch members that never conclude that one has failed', () => {
    const never = { failAfterMs: 1e9, failUnconfirmedAfterMs: 1e9 }
    const spoiling: Spoiling = {
      options: (options) => ({ ...options, protocol: { ...options.protocol, ...never } }),
      input: (input) => (input.type === 'dial-failed' ? { ...input, why: 'other' } : input),
    }
    expect(brokenBy(spoiling, killOne)).toBe('completeness')
  })

  it('catch members that find out too late that one has failed in a calm cluster', () => {
    const spoiling: Spoiling = {
      input: (input) => (input.type === 'dial-failed' ? { ...input, why: 'other' } : input),
    }
    const play = (simulation: Simulation) => {
      simulation.run(simulation.bounds.repairMs)
      simulation.kill('m-0')
    }
    expect(brokenBy(spoiling, play)).toBe('detection')
    expect(brokenBy({}, play)).toBe('none')
  })

  it('catch members that raise the incarnation of another', () => {
    const raised = (fact: Fact) => (fact.state === 'failed' ? { ...fact, incarnation: 7 } : fact)
    const send: Spoiling['send'] = (message) =>
      'updates' in message ? { ...message, updates: message.updates.map(raised) } : message
    expect(brokenBy({ send }, killOne)).toBe('monotony')
  })

  it('catch members that leave without a goodbye', () => {
    const isLeft = (fact: Fact) => fact.state === 'left'
    const send: Spoiling['send'] = (message) => {
      if (message.type === 'goodbye') return undefined
      return 'updates' in message
        ? { ...message, updates: message.updates.filter((fact) => !isLeft(fact)) }
        : message
    }
    expect(brokenBy({ send }, (simulation) => simulation.leave('m-0'))).toBe('goodbye')
  })

  it('catch members that forget to tell an event', () => {
    const output: Spoiling['output'] = (given) =>
      given.type !== 'event' || given.event.type !== 'member-joined'
    expect(brokenBy({ output }, killOne)).toBe('monotony')
  })

  it('catch members that pass on no news', () => {
    const send: Spoiling['send'] = (message) => {
      if (/updates|delta|digest|want/.test(message.type)) return undefined
      return 'updates' in message ? { ...message, updates: [] } : message
    }
    const change = (simulation: Simulation) => simulation.setMetadata('m-0', Uint8Array.of(1))
    expect(brokenBy({ send }, change)).toBe('agreement')
  })

  it('catch members that keep every link', () => {
    const output: Spoiling['output'] = (given) => given.type !== 'close'
    expect(
      brokenBy({ output }, (simulation) => {
        simulation.cut(['m-0'])
        simulation.run(10_000)
        simulation.heal()
      }),
    ).toBe('links')
  })

  it.each([6, undefined])(
    'catch two sides that both say majority, with a size given of %s',
    (expectedSize) => {
      const always = { state: 'majority', basis: 'given', expected: 6, present: 6 } as const
      const createCore = spoilt({ quorum: always })
      const simulation = realCluster({ createCore, expectedSize, checks: [quorum] })
      simulation.addMembers(6)
      simulation.run(5000)
      simulation.cut(['m-0', 'm-1'])
      expect(() => simulation.run(25_000)).toThrow('both say majority')
    },
  )

  it.each([
    ['that one votes who is not here', { state: 'majority', basis: 'given', expected: 6, present: 7 }],
    [
      'that it expects fewer than it was given',
      { state: 'majority', basis: 'given', expected: 5, present: 5 },
    ],
    [
      'that it expects more than were ever here',
      { state: 'unknown', basis: 'learnt', expected: 7, present: 6 },
    ],
    [
      'that its size is learnt which was given',
      { state: 'majority', basis: 'learnt', expected: 6, present: 6 },
    ],
    [
      'that it is in a minority with all votes',
      { state: 'minority', basis: 'given', expected: 6, present: 6 },
    ],
  ] as const)('catch one that says %s', (_, said) => {
    const simulation = realCluster({
      createCore: spoilt({ quorum: said }),
      expectedSize: 6,
      checks: [ownQuorum],
    })
    simulation.addMembers(6)
    expect(() => simulation.run(5000)).toThrow('does not follow from its view')
  })

  it('catch members that do not know that they are isolated', () => {
    // That its quorum does not fit is noticed besides.
    const cutOff = (simulation: Simulation) => simulation.cut(['m-0'])
    expect(brokenBy({ isolated: false }, cutOff, [isolation])).toBe('isolation')
    expect(brokenBy({ isolated: true }, undefined, [isolation])).toBe('isolation')
  })

  it('catch members that call others failed before they say that they are isolated', () => {
    const output: Spoiling['output'] = (given) => given.type !== 'event' || given.event.type !== 'isolated'
    const untilVerdicts = (simulation: Simulation) => simulation.run(simulation.bounds.isolatedCompletenessMs)
    const cutOff = (simulation: Simulation) => {
      simulation.cut(['m-0'])
      untilVerdicts(simulation)
    }
    expect(brokenBy({ output }, cutOff)).toBe('isolation')
    const deaf = (simulation: Simulation) => {
      const others = simulation.live().flatMap(({ label }) => (label === 'm-0' ? [] : [label]))
      simulation.cut(others, ['m-0'], { isOneWay: true })
      untilVerdicts(simulation)
    }
    expect(brokenBy({ output }, deaf)).toBe('isolation')
  })

  it('catch members that wake without end', () => {
    expect(brokenBy({ wakeAt: 0 })).toBe('traffic')
  })

  it('catch members that talk too much at rest', () => {
    const options: Spoiling['options'] = (given) => ({
      ...given,
      protocol: { ...given.protocol, minProbeTimeoutMs: 50, probeIntervalMs: 50 },
    })
    expect(brokenBy({ options })).toBe('quiet')
  })
})
