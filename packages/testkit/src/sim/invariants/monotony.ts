// Monotony: what one member tells its application never goes back in the life of a name, each event fits what was told
// before, a life that was forgotten stays so, and nobody but its owner raises an incarnation.
import {
  type CoreEvent,
  type CoreMember,
  compareFacts,
  compareLives,
  isTerminal,
  sameLife,
} from '@rollcall/membership/internal'
import { type CheckFactory, InvariantError } from '../check.ts'
import type { SimMember } from '../sim-member.ts'
import { findLife } from '../truth.ts'

type MemberEvent = Extract<CoreEvent, { member: CoreMember }>

/** What must have held of a member before an event about it; `undefined` means that it fits. */
function misfit(event: MemberEvent, before: CoreMember | undefined): string | undefined {
  const { member } = event
  // Several events can tell one change (a life that came and went unseen): then they carry the same member.
  if (before === member) return undefined
  if (event.type === 'member-joined') return before && 'it is in the view already'
  if (!before) return 'it never joined'
  if (event.type === 'member-restarted') {
    if (compareLives(member, before) <= 0) return 'the new life is not newer'
    return sameLife(event.previous, before) ? undefined : 'previous is not the life before'
  }
  if (!sameLife(member, before)) return 'another life was known'
  switch (event.type) {
    case 'member-suspected':
      return before.state === 'alive' && member.state === 'suspect' ? undefined : 'it was not alive'
    case 'member-recovered':
      if (isTerminal(member.state)) return 'it is not back'
      if (before.state === 'suspect') return undefined
      return before.state === 'failed' && member.incarnation > before.incarnation
        ? undefined
        : 'it was not suspect, nor failed at a lower incarnation'
    case 'member-updated':
      return isTerminal(before.state) ? 'it was failed or left' : undefined
    case 'member-leaving':
      return isTerminal(before.state) || before.leaving ? 'it was leaving already' : undefined
    case 'member-left':
      return isTerminal(before.state) ? 'it was failed or left' : undefined
    case 'member-failed':
      return isTerminal(before.state) ? 'it was failed or left' : undefined
    case 'member-removed':
      return isTerminal(before.state) ? undefined : 'it was neither failed nor left'
  }
}

/** Watches every member's events and views. */
export const monotony: CheckFactory = (simulation) => {
  const memories = new Map<SimMember, { number: number; members: Map<string, CoreMember> }>()
  const removals = new Map<SimMember, Map<string, CoreMember>>()

  const fail = (observer: SimMember, event: CoreEvent, text: string): never => {
    const name = 'member' in event ? event.member.name : observer.name
    throw new InvariantError(
      'monotony',
      simulation.clock.now,
      `${observer.label} tells ${event.type} about ${name}, but ${text}`,
      [observer.label, name],
    )
  }

  const checkOwn = (observer: SimMember, event: CoreEvent, member: CoreMember) => {
    const said = findLife(simulation, member)?.life
    if (said && said.generation === member.generation && said.incarnation < member.incarnation)
      fail(observer, event, `${member.name} has never said ${text(member)} of itself`)
  }

  const compareViews = (observer: SimMember, event: CoreEvent, known: Map<string, CoreMember>) => {
    for (const member of event.view.members) {
      const before = known.get(member.name)
      if (before === member) continue
      known.set(member.name, member)
      checkOwn(observer, event, member)
      const removed = removals.get(observer)?.get(member.name)
      if (removed && compareFacts(withoutState(member), withoutState(removed)) <= 0)
        fail(observer, event, `${member.name} is back at ${text(member)}, which was forgotten`)
      if (before && compareFacts(withoutState(member), withoutState(before)) < 0) {
        fail(observer, event, `${member.name} went back from ${text(before)} to ${text(member)}`)
      }
    }
  }

  return {
    event(observer, event) {
      const memory = memories.get(observer) ?? { number: -1, members: new Map<string, CoreMember>() }
      memories.set(observer, memory)
      if (event.view.number < memory.number)
        fail(observer, event, `view ${event.view.number} follows ${memory.number}`)
      memory.number = event.view.number
      if ('member' in event) {
        const { member } = event
        const wrong = misfit(event, memory.members.get(member.name))
        if (wrong) fail(observer, event, wrong)
        if (event.type === 'member-removed') {
          memory.members.delete(member.name)
          removals.set(observer, (removals.get(observer) ?? new Map()).set(member.name, member))
        } else memory.members.set(member.name, member)
      }
      // Facts without an event of their own may only be news from before the observer's time.
      if (event.type === 'view-changed') compareViews(observer, event, memory.members)
      else compareViews(observer, event, new Map(memory.members))
    },
  }
}

/** Suspicion is taken back by a refutation at a higher incarnation, or by proof of life at the same one. */
function withoutState(member: CoreMember): CoreMember {
  return member.state === 'suspect' ? { ...member, state: 'alive' } : member
}

function text(member: CoreMember): string {
  return `${member.generation}/${member.incarnation} ${member.state}`
}
