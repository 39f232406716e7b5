// Isolation: a member cut off from everyone knows it, and says so before it calls anyone failed for it; and one that is
// not does not believe so.
import { isTerminal } from '@rollcall/membership/internal'
import { type CheckFactory, InvariantError } from '../check.ts'
import type { SimMember } from '../sim-member.ts'
import type { Simulation } from '../simulation.ts'
import { areSeparated, deafSince, findLife, isUndisturbed, longestStall, wasCut } from '../truth.ts'

/** Whether a member that runs has been cut off since `from` from all others that have lived since then. */
function isCutOff(simulation: Simulation, member: SimMember, from: number): boolean {
  if (simulation.network.routes.cuts.size === 0) return false
  if (member.startedAt > from || longestStall(member, from, simulation.clock.now) > 0) return false
  // The kernel of a process that has ended goes on sending its last words, until they get through.
  if (member.process.heardAt > from) return false
  const others = simulation.lives.filter(
    ({ process }) => process !== member.process && (process.endedAt ?? from) >= from,
  )
  return others.length > 0 && others.every((other) => areSeparated(simulation, member, other, from))
}

/** Whether a member holds that there are others to be heard. */
function expectsOthers({ process, life }: SimMember): boolean {
  return process.core.view.members.some((each) => each.instance !== life.instance && !isTerminal(each.state))
}

/** Whether the only thing amiss with a member is that an observer cannot hear anybody. */
function isFailedByDeafness(simulation: Simulation, observer: SimMember, member: SimMember): boolean {
  const since = deafSince(simulation, observer)
  if (since === undefined || !member.isLive) return false
  const before = since - simulation.bounds.completenessMs
  if (longestStall(member, before, simulation.clock.now) > 0) return false
  return !wasCut(simulation, member, before, since - 1)
}

/** Looks at verdicts as they are told, and every second at who is cut off from all others, and who from nobody. */
export const isolation: CheckFactory = (simulation) => {
  const fail = (member: SimMember, text: string): never => {
    throw new InvariantError('isolation', simulation.clock.now, `${member.label} ${text}`, [member.label])
  }
  const isolated = new Set<SimMember>()
  /** Whom isolated ones knew at the last look: who has just said hello has yet to answer. */
  const knewBefore = new Map<SimMember, ReadonlySet<string>>()
  return {
    event(observer, event) {
      if (event.type === 'isolated' && event.isolated) isolated.add(observer)
      else if (event.type === 'isolated') isolated.delete(observer)
      if (event.type !== 'member-failed' || isolated.has(observer)) return
      const life = findLife(simulation, event.member)
      if (life !== undefined && isFailedByDeafness(simulation, observer, life)) {
        fail(observer, `calls ${life.label} failed before it says that it is isolated`)
      }
    },
    second() {
      const { now } = simulation.clock
      const { isolatedMs, repairMs } = simulation.bounds
      for (const member of simulation.live()) {
        const { isolated, view } = member.process.core
        if (!isolated && expectsOthers(member) && isCutOff(simulation, member, now - isolatedMs)) {
          fail(member, 'does not know that it is isolated')
        }
        const before = knewBefore.get(member)
        knewBefore.delete(member)
        // One that is leaving may have been forgotten by all others.
        if (!isolated || member.leaveAt !== undefined) continue
        const knows = new Set(
          view.members.filter((each) => each.state === 'alive').map((each) => each.instance),
        )
        knewBefore.set(member, knows)
        if (!isUndisturbed(simulation, member, now - repairMs)) continue
        const calm = simulation
          .live()
          .filter((other) => other !== member && isUndisturbed(simulation, other, now - repairMs))
        const isKnown = ({ life }: SimMember) => knows.has(life.instance) && before?.has(life.instance)
        if (calm.some(isKnown)) fail(member, 'believes that it is isolated, wrongly')
      }
    },
  }
}
