// Accuracy: nobody is called failed who runs and can be reached. And a member that left, or was killed, is reported
// as just that.
import { type CoreEvent, type CoreMember, type CoreView, isTerminal } from '@rollcall/membership/internal'
import { type CheckFactory, InvariantError } from '../check.ts'
import type { SimMember } from '../sim-member.ts'
import type { Simulation } from '../simulation.ts'
import {
  findLife,
  hasGoBetween,
  isExcusedByCut,
  isUndisturbed,
  longestStall,
  mayHaveDeadLink,
  oldestNewsAt,
  slowest,
  wasFiltered,
  wasTorn,
} from '../truth.ts'

/** Whether a member has given cause, until a repair ago, to be called failed by an observer. */
function isExcused(simulation: Simulation, observer: SimMember, member: SimMember): boolean {
  const { now } = simulation.clock
  const from = oldestNewsAt(simulation, observer) - simulation.bounds.repairMs
  if (member.process.endedAt !== undefined || !member.isLive) return true
  // In a cut between some only, one whom a member in between hears stays alive.
  const isCut = isExcusedByCut(simulation, observer, member, from)
  if (isCut && !hasGoBetween(simulation, observer, member, from)) return true
  // Who has lost its links dials, says hello, and is told of.
  const trips = wasTorn(member, from, now) ? 3 : 1
  const heldUpMs = longestStall(member, from, now) + trips * slowest(simulation, member, from, now)
  const { toleratedStallMs, toleratedStallBesideCutMs, toleratedStallRefusingMs } = simulation.bounds
  // Without its links, nobody can tell one that refuses dials from one that has died, until it dials itself. Who has lost
  // its own hears of it by others, if there are any and they hear of it; else it tells them what it found.
  if (wasFiltered(simulation, member, from, now)) {
    if (wasTorn(member, from, now) || (knowsNobodyElse(observer) && wasTorn(observer, from, now))) return true
    const isAnyTorn = simulation.live().some((each) => wasTorn(each, from, now))
    if (isAnyTorn && heldUpMs >= toleratedStallRefusingMs) return true
  }
  const isUnheard = isCut || mayHaveDeadLink(simulation, member)
  return heldUpMs >= (isUnheard ? toleratedStallBesideCutMs : toleratedStallMs)
}

/** Whether all others that it has met are over. */
function knowsNobodyElse({ process }: SimMember): boolean {
  return process.core.view.members.filter(({ state }) => !isTerminal(state)).length === 1
}

/** Views never change, so each is looked through once. */
const over = new WeakMap<CoreView, readonly CoreMember[]>()

/** Members that a view holds failed or left. */
function heldOver(view: CoreView): readonly CoreMember[] {
  const known = over.get(view) ?? view.members.filter((member) => isTerminal(member.state))
  over.set(view, known)
  return known
}

/** Watches verdicts as they are told, and views every second. */
export const accuracy: CheckFactory = (simulation) => {
  const fail = (text: string, ...about: string[]): never => {
    throw new InvariantError('accuracy', simulation.clock.now, text, about)
  }

  const onVerdict = (
    observer: SimMember,
    event: Extract<CoreEvent, { type: 'member-failed' | 'member-left' }>,
  ) => {
    const { member } = event
    const life = findLife(simulation, member)
    if (!life)
      return fail(
        `${observer.label} knows a life of ${member.name} that never was`,
        observer.label,
        member.name,
      )
    if (event.type === 'member-left') {
      if (life.leaveAt === undefined)
        fail(`${observer.label} says that ${life.label} left, which it never did`, observer.label, life.name)
      return
    }
    if (life.leaveAt === undefined && !isExcused(simulation, observer, life)) {
      fail(
        `${observer.label} calls ${life.label} failed, which runs and can be reached`,
        observer.label,
        life.name,
      )
    }
  }

  const checkRepairs = () => {
    const since = simulation.clock.now - simulation.bounds.repairMs
    const calm = simulation
      .live()
      .filter((member) => isUndisturbed(simulation, member, since) && member.leaveAt === undefined)
    const byInstance = new Map(calm.map((member) => [member.life.instance, member]))
    for (const observer of calm) {
      for (const held of heldOver(observer.process.core.view)) {
        const member = byInstance.get(held.instance)
        if (member?.name === held.name)
          fail(`${observer.label} still holds ${member.label} ${held.state}`, observer.label, member.name)
      }
    }
  }

  return {
    event(observer, event) {
      if (event.type === 'member-failed' || event.type === 'member-left') onVerdict(observer, event)
    },
    second: checkRepairs,
  }
}
