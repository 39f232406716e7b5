import { describe, expect, it } from 'vitest'
import type { Plan, Step } from '../../src/sim/plan.ts'
import { shrinkPlan } from '../../src/simulate/shrink.ts'

const many = { tries: 1000, isOver: () => false }

function planOf(steps: readonly Step[], members = 20): Plan {
  const network = { minLatencyMs: 1, maxLatencyMs: 5 }
  return { seed: 1, members, startSpreadMs: 900, network, service: {}, steps, calmAt: 40_000 }
}

const steps: Step[] = [
  { at: 4000, type: 'set-metadata', member: 'm-3', value: 1 },
  { at: 7000, type: 'freeze', member: 'm-11', forMs: 8000 },
  { at: 9000, type: 'add', member: 'n-0' },
  { at: 12_345, type: 'cut', members: ['m-2', 'm-11', 'm-19'], isOneWay: false, forMs: 12_000 },
  { at: 20_000, type: 'kill', member: 'm-4', address: 'stays' },
]

/** Breaks when a frozen member is then cut off for a while. */
function breaks({ steps }: Plan): readonly Step[] | undefined {
  const isBroken = steps.some(
    (freeze) =>
      freeze.type === 'freeze' &&
      steps.some(
        (cut) =>
          cut.type === 'cut' &&
          cut.at > freeze.at &&
          cut.members.includes(freeze.member) &&
          cut.forMs >= 2500,
      ),
  )
  return isBroken ? steps : undefined
}

describe('a shrunk plan', () => {
  it('keeps only the steps, members and times that it takes', () => {
    expect(shrinkPlan(planOf(steps), breaks, many)).toEqual({
      ...{ seed: 1, members: 2, startSpreadMs: 0, network: {}, service: {}, calmAt: expect.any(Number) },
      steps: [
        { at: 0, type: 'freeze', member: 'm-0', forMs: 0 },
        { at: 1, type: 'cut', members: ['m-0'], isOneWay: false, forMs: 3000 },
      ],
    })
  })

  it('has none of the steps that did nothing, though there is time for two tries only', () => {
    const useful = steps.filter(({ type }) => type === 'freeze' || type === 'cut')
    const played = (plan: Plan) => breaks(plan) && plan.steps.filter((step) => useful.includes(step))
    const plan = planOf(steps)
    expect(shrinkPlan(plan, played, { ...many, tries: 2 }).steps).toEqual(useful)
  })

  it('is the plan itself when nothing can go', () => {
    const plan = planOf(steps)
    expect(shrinkPlan(plan, () => undefined, many)).toBe(plan)
  })

  it('comes from a bounded number of tries, and in bounded time', () => {
    let tries = 0
    const count = ({ steps }: Plan) => (tries++ === 0 ? steps : undefined)
    shrinkPlan(planOf(steps), count, { ...many, tries: 10 })
    expect(tries).toBe(10)
    shrinkPlan(planOf(steps), count, { ...many, isOver: () => true })
    expect(tries).toBe(10)
  })
})
