// What a member says of its quorum follows from what it holds itself: from its view, the size it was given, and whether
// it is isolated. Counted here anew, by the rule in docs/protocol.md, of plain lists.
import { type CoreMember, isTerminal } from '@rollcall/membership/internal'
import { type CheckFactory, InvariantError } from '../check.ts'
import type { SimMember } from '../sim-member.ts'
import type { Simulation } from '../simulation.ts'

/** Names that there have ever been in a cluster. */
export function namesEver({ lives }: Simulation, cluster: string): Set<string> {
  return new Set(lives.filter((each) => each.cluster === cluster).map(({ name }) => name))
}

/** How many members a name tells of, where it is of the same StatefulSet as another: `m-4` of five. */
export function toldOf(name: string, own: string): number {
  const [, set, ordinal] = /^(.*)-(0|[1-9]\d{0,2})$/.exec(name) ?? []
  return set !== undefined && own.startsWith(`${set}-`) ? Number(ordinal) + 1 : 0
}

/** The least and the most that a member can expect. Names it never met itself it may expect by the word of others. */
function expectable(simulation: Simulation, { name, cluster, expectedSize = 0, process }: SimMember) {
  const met = process.core.view.members.filter(({ state }) => !isTerminal(state)).map((each) => each.name)
  const ever = [...namesEver(simulation, cluster)]
  const count = (names: string[]) =>
    Math.max(expectedSize, names.length, ...names.map((each) => toldOf(each, name)))
  return { least: count(met), most: count(ever), ever: ever.length }
}

/** How many have a vote at least and at most: newcomers may have none while there is no majority. */
function votable(members: readonly CoreMember[], isIsolated: boolean, haveAllVotes: boolean) {
  if (isIsolated) return { least: 1, most: 1 }
  const alive = members.filter(({ state }) => state === 'alive').length
  return { least: haveAllVotes ? alive : 0, most: alive }
}

/** What is wrong with what a member says; undefined when nothing is. */
function misfit(simulation: Simulation, member: SimMember): string | undefined {
  const { quorum, view, isolated } = member.process.core
  const { state, basis, expected, present } = quorum
  const { expectedSize = 0 } = member
  const size = expectable(simulation, member)
  if (expected < size.least || expected > size.most)
    return `it expects ${expected}, and should ${size.least} to ${size.most}`
  if (basis !== (expected > expectedSize ? 'learnt' : 'given'))
    return `it expects ${expected}, was given ${expectedSize}, and says ${basis}`
  const votes = votable(view.members, isolated, state === 'majority' || size.ever <= expectedSize)
  if (present < votes.least || present > votes.most)
    return `it counts ${present}, and should ${votes.least} to ${votes.most}${isolated ? ': it is isolated' : ''}`
  if (state !== 'unknown' && (state === 'majority') !== 2 * present > expected)
    return `it says ${state} with ${present} of ${expected}`
  if (state === 'unknown' && isolated && expectedSize > 1)
    return `it says unknown, is isolated, and was given ${expectedSize}`
  return undefined
}

/** Looks every second at what each member says. */
export const ownQuorum: CheckFactory = (simulation) => ({
  second() {
    for (const member of simulation.live()) {
      // Who is leaving is in no view any more, not even its own.
      if (member.leaveAt !== undefined) continue
      const wrong = misfit(simulation, member)
      if (wrong === undefined) continue
      const text = `of the quorum ${member.label} says what does not follow from its view: ${wrong}`
      throw new InvariantError('quorum', simulation.clock.now, text, [member.label])
    }
  },
})
