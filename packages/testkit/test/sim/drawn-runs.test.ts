import { describe, expect, it } from 'vitest'
import { drawPlan, scenarios } from '../../src/sim/draw/scenarios.ts'
import { runSeed } from '../../src/sim/mixed-run.ts'
import { realParts } from '../../src/sim/real-parts.ts'
import { runSeeds } from '../../src/simulate/run-seeds.ts'
import { spoilt } from './spoilt-core.ts'

const stepTypes = [
  ...['add', 'cut', 'dns', 'duplicate', 'foreign', 'forget', 'freeze', 'half-open', 'kill', 'leave', 'load'],
  ...['outdate-links', 'refuse-dials', 'reset-links', 'restart', 'set-metadata', 'slow', 'slow-links'],
]

describe('a drawn plan', () => {
  const plans = Array.from({ length: 300 }, (_, i) => drawPlan(i, 50))

  it.each(Object.keys(scenarios))(
    'of the scenario %s is the same for the same seed, and plain data',
    (name) => {
      const plan = drawPlan(7, 50, name)
      expect(plan).toEqual(drawPlan(7, 50, name))
      expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
      expect(plan.steps.length).toBeGreaterThan(0)
    },
  )

  it('holds each kind of fault in some seed, in order of time', () => {
    const kinds = new Set(plans.flatMap(({ steps }) => steps.map(({ type }) => type)))
    expect(kinds).toEqual(new Set(stepTypes))
    for (const { steps } of plans) {
      expect(steps.map(({ at }) => at)).toEqual(steps.map(({ at }) => at).sort((a, b) => a - b))
    }
  })

  it('has 5 to 50 members, small clusters more often, and now and then fewer', () => {
    const sizes = plans.map(({ members }) => members)
    expect(Math.min(...sizes)).toBe(1)
    expect(Math.max(...sizes)).toBeGreaterThan(45)
    expect(sizes.filter((size) => size < 5).length).toBeLessThan(sizes.length / 10)
    expect(sizes.filter((size) => size < 12).length).toBeGreaterThan(sizes.length / 2)
  })

  it('knows no scenario of another name', () => {
    expect(() => drawPlan(1, 5, 'flood')).toThrow('There is no scenario "flood"; there are mixed, crash,')
  })
})

describe('a failing run', () => {
  it('says which invariant broke, how to replay it, and what happened', () => {
    const never = { failAfterMs: 1e9, failUnconfirmedAfterMs: 1e9 }
    const createCore = spoilt({
      options: (options) => ({ ...options, protocol: { ...options.protocol, ...never } }),
      input: (input) => (input.type === 'dial-failed' ? { ...input, why: 'other' } : input),
    })
    const { ok, failures } = runSeeds({
      firstSeed: 1,
      seeds: 5,
      members: 6,
      parts: { ...realParts, createCore },
    })
    expect(ok).toBe(false)
    const [failure] = failures
    expect(failure?.command).toBe(`npm run simulate -- --seed ${failure?.seed} --members 6`)
    expect(failure?.text).toMatch(/^(completeness|agreement): .* \(at [\d.]+ ms\)$/)
    expect(failure?.transcript).toMatch(/\* m-\d: (killed|started|cut)/)
    expect(failure?.transcript.split('\n').length).toBeLessThan(120)
  })

  it('is what an exception out of a core makes of it', () => {
    const createCore = spoilt({
      input: (input) => {
        if (input.type === 'drained') throw new Error('a bug')
        return input
      },
    })
    const { failure } = runSeed(1, 6, { ...realParts, createCore })
    expect(failure?.invariant).toBe('no-throw')
    expect(failure?.message).toContain('a bug')
  })
})
