// Verdicts: nobody is called failed for its silence sooner than the rules allow, by what the verdict itself says: the
// short time with enough confirmations, the long one without, and longer yet while the observer hears nobody at all. And
// the time in which the observer was stopped itself does not count.
import { type CoreEvent, ISOLATED_PATIENCE, isTerminal } from '@rollcall/membership/internal'
import { type CheckFactory, InvariantError } from '../check.ts'
import type { SimMember } from '../sim-member.ts'
import type { Simulation } from '../simulation.ts'
import { findLife, wasFiltered } from '../truth.ts'

type Failed = Extract<CoreEvent, { type: 'member-failed' }>
type Suspected = Extract<CoreEvent, { type: 'member-suspected' }>

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

/** The longest silence that an observer can have lived through by now, if it took a member for suspect at `from`. */
function mostLivedMs(simulation: Simulation, observer: SimMember, from: number): number {
  const { now } = simulation.clock
  // However old a suspicion is said to be, it leaves its subject some of that time.
  const stopped = observer.stalls
    .filter(({ lateMs }) => lateMs === Number.POSITIVE_INFINITY)
    .map((stall) => Math.min(stall.until, now) - Math.max(stall.from, from))
  return now - from - Math.max(0, ...stopped) + simulation.protocol.failAfterMs
}

/** Looks at each verdict by silence as it is told by who reached it. */
export const verdicts: CheckFactory = (simulation) => {
  const isolated = new Set<SimMember>()
  /** When each observer began to suspect whom. */
  const suspectedAt = new Map<SimMember, Map<string, number>>()
  const fail = (observer: SimMember, { member }: Failed, text: string): never => {
    const told = `${observer.label} calls ${member.name} failed ${text}`
    throw new InvariantError('verdicts', simulation.clock.now, told, [observer.label, member.name])
  }
  const { failAfterMs, failUnconfirmedAfterMs, minProbeTimeoutMs } = simulation.protocol
  /** A suspicion of its own comes of a probe, and is as old as that. */
  const checkAge = (observer: SimMember, { member, why }: Suspected) => {
    if (why.type !== 'silence' || why.confirmedBy[0] !== observer.name) return
    if (why.silentMs >= minProbeTimeoutMs - ROUNDING_MS) return
    const text = `${observer.label} suspects ${member.name} for ${why.silentMs} ms of silence, less than a probe waits`
    throw new InvariantError('verdicts', simulation.clock.now, text, [observer.label, member.name])
  }
  return {
    event(observer, event) {
      if (event.type === 'isolated' && event.isolated) isolated.add(observer)
      else if (event.type === 'isolated') isolated.delete(observer)
      if (event.type === 'member-suspected') {
        const known = suspectedAt.get(observer) ?? new Map<string, number>()
        suspectedAt.set(observer, known.set(event.member.name, simulation.clock.now))
        checkAge(observer, event)
      }
      if (event.type !== 'member-failed' || event.why.type !== 'silence') return
      const { silentMs, confirmedBy, needed } = event.why
      const isPatient = isolated.has(observer) && isMissedBySeveral(simulation, event)
      const unconfirmedMs = failUnconfirmedAfterMs * (isPatient ? ISOLATED_PATIENCE : 1)
      const leastMs = !isPatient && confirmedBy.length >= needed ? failAfterMs : unconfirmedMs
      if (silentMs < leastMs - ROUNDING_MS) {
        const heard = `after ${silentMs} ms and with ${confirmedBy.length} of ${needed} observers`
        fail(observer, event, `${heard}, before ${leastMs} ms`)
      }
      const from = suspectedAt.get(observer)?.get(event.member.name)
      if (from !== undefined && silentMs > mostLivedMs(simulation, observer, from))
        fail(observer, event, `for ${silentMs} ms of silence, in which it was stopped itself`)
    },
  }
}
