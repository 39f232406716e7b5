import { describe, expect, it } from 'vitest'
import type { DialResult } from '../../src/core/dial-pace.ts'
import { DialPlan } from '../../src/core/dial-plan.ts'
import { defaultProtocol } from '../../src/core/options.ts'
import type { Want } from '../../src/core/want.ts'
import { seededRandom } from './seeded-random.ts'

const createPlan = () => new DialPlan(defaultProtocol, seededRandom(1))
const want = (kind: Want['kind'], n: number): Want => ({
  ...{ kind, address: `10.0.0.${n}:1`, name: undefined },
  isMember: kind === 'ours' || kind === 'theirs',
  isListed: kind === 'seed',
})
const changes = (wants: readonly Want[]) => new Map(wants.map((each) => [each.address, each]))
const addresses = (wants: readonly Want[]) => wants.map(({ address }) => address)

/** Lets time pass in steps of 10 ms; every dial fails at once as told. */
function play(plan: DialPlan, untilMs: number, fail: DialResult, linked = false): string[] {
  const dialed: string[] = []
  for (let now = 0; now <= untilMs; now += 10) {
    for (const { address } of plan.due(now, linked)) {
      dialed.push(address)
      plan.failed(address, fail, now)
    }
  }
  return dialed
}

describe('the dial plan', () => {
  it('dials what is ours at once, and what is theirs only after a grace time', () => {
    const plan = createPlan()
    plan.change(changes([want('ours', 1), want('theirs', 2)]), true, 0)
    expect(addresses(plan.due(0, true))).toEqual(['10.0.0.1:1'])
    expect(plan.due(defaultProtocol.dialGraceMs - 1, true)).toEqual([])
    expect(addresses(plan.due(defaultProtocol.dialGraceMs * 1.5, true))).toEqual(['10.0.0.2:1'])
  })

  it('starts with one seed, and goes on to the next after a moment without an answer', () => {
    const plan = createPlan()
    plan.change(changes([1, 2, 3].map((n) => want('seed', n))), false, 0)
    expect(plan.due(0, false)).toHaveLength(1)
    expect(plan.due(4, false)).toHaveLength(0)
    expect(plan.due(5, false)).toHaveLength(1)
    expect(plan.due(10, false)).toHaveLength(1)
  })

  it('goes on to the next seed at once when one turns it away', () => {
    const plan = createPlan()
    plan.change(changes([1, 2].map((n) => want('seed', n))), false, 0)
    const [first] = plan.due(0, false)
    plan.failed((first as Want).address, 'refused', 1)
    expect(plan.due(1, false)).toHaveLength(1)
  })

  it('never has two dials to one address under way', () => {
    const plan = createPlan()
    plan.change(changes([want('ours', 1)]), false, 0)
    expect(plan.due(0, false)).toHaveLength(1)
    expect(plan.due(60_000, false)).toHaveLength(0)
    plan.connected('10.0.0.1:1', 60_000)
    expect(plan.due(120_000, false)).toHaveLength(0)
  })

  it('keeps at most maxDials under way, not counting those that have their connection', () => {
    const plan = createPlan()
    const wants = Array.from({ length: 40 }, (_, n) => want('ours', n))
    plan.change(changes(wants), false, 0)
    const first = plan.due(0, false)
    expect(first).toHaveLength(defaultProtocol.maxDials)
    expect(plan.nextAt).toBeUndefined()
    for (const { address } of first) plan.connected(address, 1)
    expect(plan.due(1, false)).toHaveLength(8)
  })

  it('redials a dead address for ever, within the longest wait', () => {
    const plan = createPlan()
    plan.change(changes([want('failed', 1)]), true, 0)
    const dialed = play(plan, 60_000, 'refused')
    expect(dialed.length).toBeGreaterThan(60_000 / defaultProtocol.maxRedialMs - 1)
    expect(dialed.length).toBeLessThan(60_000 / defaultProtocol.minRedialMs)
  })

  it('redials addresses of nobody alive no more than redialsPerSecond in all', () => {
    const plan = createPlan()
    plan.change(changes(Array.from({ length: 100 }, (_, n) => want('failed', n))), true, 0)
    const dialed = play(plan, 60_000, 'refused', true)
    expect(dialed.length).toBeLessThanOrEqual(60 * defaultProtocol.redialsPerSecond + 4)
    expect(new Set(dialed).size).toBe(100)
  })

  const heardOf = (n: number): Want => ({ ...want('ours', n), isMember: false })

  it('dials a few addresses that were only heard of, and more as they answer', () => {
    const plan = createPlan()
    const wants = Array.from({ length: 100 }, (_, n) => heardOf(n))
    plan.change(changes([...wants, want('ours', 200)]), true, 0)
    const [first, ...more] = addresses(plan.due(0, true))
    expect(first).toBe('10.0.0.200:1')
    expect(more).toHaveLength(defaultProtocol.maxDials / 2)
    for (const address of more) plan.failed(address, 'wrong-cluster', 0)
    expect(plan.due(100, true)).toHaveLength(0)
    const one = addresses(plan.due(250, true))
    expect(one).toHaveLength(1)
    plan.succeeded(one[0] as string, 251)
    expect(addresses(plan.due(251, true))).toHaveLength(1)
  })

  it.each(['wrong-cluster', 'not-secured'] as const)(
    'waits long before it dials again where it found %s',
    (result) => {
      const plan = createPlan()
      plan.change(changes([want('seed', 1)]), false, 0)
      expect(play(plan, 60_000, result).length).toBeLessThanOrEqual(5)
    },
  )

  it('dials soon again where our key was refused, for it may be accepted by then', () => {
    const plan = createPlan()
    plan.change(changes([want('seed', 1)]), false, 0)
    const dialed = play(plan, 60_000, 'key-refused')
    expect(dialed.length).toBeGreaterThan(60_000 / defaultProtocol.maxRedialMs - 1)
  })

  it('forgets the history of what is no longer wanted, after a while', () => {
    const plan = createPlan()
    plan.change(changes([want('ours', 1)]), false, 0)
    plan.due(0, false)
    plan.failed('10.0.0.1:1', 'refused', 1)
    expect(plan.result('10.0.0.1:1')).toBe('refused')
    const nothing = new Map([['10.0.0.1:1', undefined]])
    plan.change(nothing, false, 2)
    expect(plan.result('10.0.0.1:1')).toBe('refused')
    plan.change(nothing, false, 10_000)
    expect(plan.result('10.0.0.1:1')).toBeUndefined()
  })
})
