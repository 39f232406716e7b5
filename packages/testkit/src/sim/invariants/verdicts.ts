// Verdicts: nobody is called failed for its silence sooner than the rules allow, by what the verdict itself says: the
// short time with enough confirmations, the long one without, and longer yet while the observer hears nobody at all.
import { type CoreEvent, ISOLATED_PATIENCE, isTerminal } from '@rollcall/membership/internal'
import { type CheckFactory, InvariantError } from '../check.ts'
import type { SimMember } from '../sim-member.ts'
import type { Simulation } from '../simulation.ts'
import { findLife, wasFiltered } from '../truth.ts'

type Failed = Extract<CoreEvent, { type: 'member-failed' }>

/** Ages are told in whole ms. */
const ROUNDING_MS = 1

/** Whether a member that lives has several missing who hear nobody: they are to doubt themselves first. */
function isMissedBySeveral(simulation: Simulation, { member, view }: Failed): boolean {
  const life = findLife(simulation, member)
  if (life === undefined || !life.isLive) return false
  // That a host refuses dials says that the network is whole.
  if (wasFiltered(simulation, life, 0, simulation.clock.now)) return false
  return view.members.filter(({ state }) => !isTerminal(state)).length > 1
}

/** Looks at each verdict by silence as it is told by who reached it. */
export const verdicts: CheckFactory = (simulation) => {
  const isolated = new Set<SimMember>()
  const { failAfterMs, failUnconfirmedAfterMs } = simulation.protocol
  return {
    event(observer, event) {
      if (event.type === 'isolated' && event.isolated) isolated.add(observer)
      else if (event.type === 'isolated') isolated.delete(observer)
      if (event.type !== 'member-failed' || event.why.type !== 'silence') return
      const { silentMs, confirmedBy, needed } = event.why
      const isPatient = isolated.has(observer) && isMissedBySeveral(simulation, event)
      const unconfirmedMs = failUnconfirmedAfterMs * (isPatient ? ISOLATED_PATIENCE : 1)
      const leastMs = !isPatient && confirmedBy.length >= needed ? failAfterMs : unconfirmedMs
      if (silentMs >= leastMs - ROUNDING_MS) return
      const heard = `after ${silentMs} ms and with ${confirmedBy.length} of ${needed} observers`
      const text = `${observer.label} calls ${event.member.name} failed ${heard}, before ${leastMs} ms`
      throw new InvariantError('verdicts', simulation.clock.now, text, [observer.label, event.member.name])
    },
  }
}
