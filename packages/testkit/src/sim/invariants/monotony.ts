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
function misfit(event: MemberEvent, before: CoreMember | undefined, isOwn: boolean): string | undefined {
  const { member } = event
  // Several events can tell one change (a life that came and went unseen): then they carry the same member.
  if (before === member) return undefined
  if (event.type === 'member-joined') return before && 'it is in the view already'
  if (!before) return isOwn ? undefined : 'it never joined'
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

/** What one observer has told so far. */
interface Memory {
  number: number
  /** The members in its last view. */
  shown: readonly CoreMember[]
  /** Each member as it was told last. */
  readonly told: Map<string, CoreMember>
  /** Members that have changed in the view, and of which no event has told yet. */
  readonly untold: Map<string, CoreMember>
  /** Each member as it was when it was forgotten. */
  readonly removed: Map<string, { readonly member: CoreMember; readonly at: number }>
}

/** Members in a view that were not in one before it; both are sorted by name. */
function changedMembers(before: readonly CoreMember[], after: readonly CoreMember[]): CoreMember[] {
  const changed: CoreMember[] = []
  let at = 0
  for (let i = 0; i < after.length; i++) {
    const member = after[i] as CoreMember
    while (before[at] !== member && at < before.length && (before[at] as CoreMember).name < member.name) at++
    if (before[at] === member) at++
    else changed.push(member)
  }
  return changed
}

/** Watches every member's events and views. */
export const monotony: CheckFactory = (simulation) => {
  const memories = new Map<SimMember, Memory>()

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

  const compareViews = (observer: SimMember, event: CoreEvent, memory: Memory) => {
    const { shown, told, untold } = memory
    memory.shown = event.view.members
    for (const member of changedMembers(shown, event.view.members)) {
      const before = told.get(member.name)
      if (before === member) continue
      untold.set(member.name, member)
      checkOwn(observer, event, member)
      const removed = memory.removed.get(member.name)
      // Only a tombstone keeps one that is forgotten from coming back, and a sleeper may bring it when that is gone.
      const isRemembered = removed && simulation.clock.now < removed.at + simulation.protocol.tombstoneMs
      if (isRemembered && compareFacts(withoutState(member), withoutState(removed.member)) <= 0)
        fail(observer, event, `${member.name} is back at ${text(member)}, which was forgotten`)
      if (before && compareFacts(withoutState(member), withoutState(before)) < 0) {
        fail(observer, event, `${member.name} went back from ${text(before)} to ${text(member)}`)
      }
    }
  }

  return {
    event(observer, event) {
      const memory = memories.get(observer) ?? newMemory()
      memories.set(observer, memory)
      const { told, untold } = memory
      if (event.view.number < memory.number)
        fail(observer, event, `view ${event.view.number} follows ${memory.number}`)
      memory.number = event.view.number
      if ('member' in event) {
        const { member } = event
        const wrong = misfit(event, told.get(member.name), member.instance === observer.life.instance)
        if (wrong) fail(observer, event, wrong)
        untold.delete(member.name)
        if (event.type === 'member-removed') {
          told.delete(member.name)
          memory.removed.set(member.name, { member, at: simulation.clock.now })
        } else told.set(member.name, member)
      }
      compareViews(observer, event, memory)
      // Facts without an event of their own may only be news from before the observer's time.
      if (event.type !== 'view-changed') return
      for (const [name, member] of untold) told.set(name, member)
      untold.clear()
    },
  }
}

function newMemory(): Memory {
  return { number: -1, shown: [], told: new Map(), untold: new Map(), removed: new Map() }
}

/** Suspicion is taken back by a refutation at a higher incarnation, or by proof of life at the same one. */
function withoutState(member: CoreMember): CoreMember {
  return member.state === 'suspect' ? { ...member, state: 'alive' } : member
}

function text(member: CoreMember): string {
  return `${member.generation}/${member.incarnation} ${member.state}`
}
