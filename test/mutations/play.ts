// Plays the plan of a mutation, with the real protocol or the mutant.
import { type CheckFactory, InvariantError, type Plan, playPlan, type RunParts } from '@rollcall/testkit'
import type { Mutation } from './mutations.ts'

/** Nobody who runs is suspected. Not an invariant: bad luck can make it so, but not in the plans that are kept. */
const nobodySuspected: CheckFactory = (simulation) => ({
  event(observer, event) {
    if (event.type !== 'member-suspected') return
    const { name } = event.member
    const member = simulation.live().find((each) => each.name === name)
    if (member?.process.loop.state !== 'running') return
    const text = `${observer.label} suspects ${name}, which runs`
    throw new InvariantError('nobody-suspected', simulation.clock.now, text, [observer.label, name])
  },
})

/** What breaks first; undefined when nothing does. */
export function failureOf({ suspects }: Mutation, plan: Plan, parts: RunParts): InvariantError | undefined {
  return playPlan(plan, suspects ? { ...parts, checks: [nobodySuspected] } : parts).failure
}
