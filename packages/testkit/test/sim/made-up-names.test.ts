// Names and addresses that a liar makes up: what they cost in dials, and that they take nobody's majority.
import type { Fact, Message } from '@rollcall/membership/internal'
import { describe, expect, it } from 'vitest'
import type { Simulation } from '../../src/sim/simulation.ts'
import { honest, withLiars } from './liars.ts'
import type { Lying } from './lying-core.ts'
import { mustAgree } from './real-cluster.ts'

const ROUNDS = 20
const A_ROUND = 50
const GENERATION = 1_760_000_000_000

/** Where nothing is, and where a host refuses. */
const places = {
  silent: (n: number) => `10.9.${n >> 8}.${n & 255}:1`,
  refusing: (n: number) => `10.0.0.1:${8000 + n}`,
} as const

/** A thousand names within two seconds, each at addresses of its own. */
function madeUp(state: 'alive' | 'failed', place: keyof typeof places, each = 1): Lying {
  const fact = (n: number): Fact => {
    const addresses = Array.from({ length: each }, (_, i) => places[place](n * each + i))
    const record = { addresses, leaving: false, metadata: new Uint8Array() }
    const life = { name: `s-${n}`, generation: GENERATION, instance: 's' }
    return { ...life, incarnation: 0, state, ageMs: 0, record }
  }
  return {
    tell: (_, round): Message[] => {
      if (round >= ROUNDS) return []
      return [
        { type: 'updates', updates: Array.from({ length: A_ROUND }, (_, i) => fact(round * A_ROUND + i)) },
      ]
    },
  }
}

function dialsOf(simulation: Simulation): number[] {
  return honest.map((label) => simulation.member(label).process.totals.dials)
}

describe.each([
  ['members', madeUp('alive', 'silent')],
  ['members whose addresses refuse', madeUp('alive', 'refusing')],
  ['members with 16 addresses each, which refuse', madeUp('alive', 'refusing', 16)],
  ['members that failed', madeUp('failed', 'silent')],
  ['members that failed, whose addresses refuse', madeUp('failed', 'refusing')],
])('a thousand made-up %s', (_, lying) => {
  it('cost no more dials than their budgets allow, and keep nobody out', () => {
    const simulation = withLiars({ lying, death: 'hidden' })
    const { maxDials, redialsPerSecond } = simulation.protocol
    const before = dialsOf(simulation)
    simulation.run(10_000)
    const dials = dialsOf(simulation).map((count, i) => count - (before[i] as number))
    // What may be dialed at once, and then those that were never dialed before, and those that were.
    const most = maxDials / 2 + redialsPerSecond + 2 * 10 * redialsPerSecond
    expect(Math.max(...dials)).toBeLessThanOrEqual(most)
    simulation.restart('m-0')
    const isLinked = () =>
      honest.every((label) => simulation.member(label).process.core.links().length >= honest.length)
    expect(simulation.runUntil(isLinked, simulation.bounds.repairMs)).toBe(true)
  })
})

describe('a liar', () => {
  const standing = (change: Partial<Extract<Message, { type: 'standing' }>>): Lying => ({
    tell: () => [{ type: 'standing', isMajority: false, guests: [], missed: [], ...change }],
  })
  const names = Array.from({ length: 1000 }, (_, n) => `s-${n}`)
  const everybody = [...honest, 'm-5']

  it.each([
    ['by a thousand names that failed', madeUp('failed', 'silent')],
    ['by a thousand names that it expects', standing({ missed: names })],
    ['by calling everybody a guest', standing({ guests: everybody })],
  ])('takes nobody that was here before its majority, %s', (_, lying) => {
    const simulation = withLiars({ lying, death: 'hidden', options: { expectedSize: 6 } })
    simulation.run(5000)
    const standingOf = (label: string) => simulation.member(label).process.core.quorum
    for (const label of honest) {
      expect(standingOf(label)).toEqual({ state: 'majority', basis: 'given', expected: 6, present: 6 })
    }
    simulation.kill('m-0')
    simulation.run(5000)
    for (const label of honest.slice(1)) expect(standingOf(label).state).toBe('majority')
  })

  it('does not keep those from their majority who lost it for a while, by calling them guests', () => {
    const simulation = withLiars({
      lying: standing({ guests: everybody }),
      death: 'hidden',
      options: { expectedSize: 6 },
    })
    simulation.cut(['m-0', 'm-1', 'm-2'])
    simulation.run(20_000)
    for (const label of honest) expect(simulation.member(label).process.core.quorum.state).toBe('minority')
    simulation.kill('m-0')
    simulation.heal()
    mustAgree(simulation)
    for (const label of honest.slice(1))
      expect(simulation.member(label).process.core.quorum.state).toBe('majority')
  })

  it.each([
    [
      'cannot make a process that starts expect names that it said failed',
      madeUp('failed', 'silent'),
      'majority',
    ],
    ['can make a process that starts expect whom it names itself', standing({ missed: names }), 'minority'],
  ])('%s', (_, lying, state) => {
    const simulation = withLiars({ lying, death: 'hidden', options: { expectedSize: 6 } })
    simulation.run(5000)
    simulation.restart('m-0')
    mustAgree(simulation)
    simulation.run(5000)
    expect(simulation.member('m-0').process.core.quorum.state).toBe(state)
    expect(simulation.member('m-1').process.core.quorum.state).toBe('majority')
  })
})
