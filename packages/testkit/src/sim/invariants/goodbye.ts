// Goodbye: a member that announces it, or leaves, while it and the network are well is known to be leaving, or done, at one
// hop; one that leaves is reported as left by everyone, never as failed.
import { type CheckFactory, InvariantError } from '../check.ts'
import type { SimMember } from '../sim-member.ts'
import type { Simulation } from '../simulation.ts'
import { findLife, isUndisturbed, longestStall, wasCut, wasSlowed, wasTorn } from '../truth.ts'

/** How long before and after its goodbye a member must have been undisturbed for the rule to hold. */
const AROUND_MS = 2000
/** A goodbye and its answer: so many batches of work are done, one after the other, and each may be late. */
const BATCHES = 4

/** Whether a member that leaves, and all it says goodbye to, were well from a while before that. */
function isCalm(simulation: Simulation, leaver: SimMember, leaveAt: number): boolean {
  const from = leaveAt - AROUND_MS
  // What is said on a half-open link is lost, and neither end knows.
  if (leaver.process.openSockets().some(({ isWhole }) => !isWhole)) return false
  return simulation.lives.every((each) => {
    const endedAt = each.process.endedAt ?? Number.POSITIVE_INFINITY
    if (endedAt < from && each !== leaver) return true
    return each.startedAt < from && isUndisturbed(simulation, each, from)
  })
}

/**
 * By when what a member says to all at `since` must be known to them, and answered: one hop later, with all members as late
 * as the latest has been. TCP sends again what was lost in a cut as long after its end as it lasted, and until then what is
 * said queues up behind that.
 */
function dueAt(simulation: Simulation, { process }: SimMember, since: number): number {
  const { now } = simulation.clock
  const lateMs = Math.max(...simulation.live().map((each) => longestStall(each, since - AROUND_MS, now)))
  const heldUpUntil = process.openSockets().map((socket) => socket.heldUpUntil)
  return Math.max(since, ...heldUpUntil) + simulation.bounds.oneHopMs + BATCHES * lateMs
}

/** Everybody must know that a member is leaving which has announced it a while ago. */
function checkAnnounced(simulation: Simulation, leaver: SimMember): void {
  const { announcedAt, leaveAt } = leaver
  const { now } = simulation.clock
  if (announcedAt === undefined || leaveAt !== undefined) return
  if (now <= dueAt(simulation, leaver, announcedAt) || !isCalm(simulation, leaver, announcedAt)) return
  for (const observer of simulation.live()) {
    if (observer.cluster !== leaver.cluster) continue
    const { members } = observer.process.core.view
    if (members.some(({ instance, leaving }) => instance === leaver.life.instance && leaving)) continue
    const text = `${observer.label} does not know that ${leaver.label} is leaving`
    throw new InvariantError('goodbye', now, text, [observer.label, leaver.label])
  }
}

/** Watches verdicts about members that left, and looks every second at those that have not done so yet. */
export const goodbye: CheckFactory = (simulation) => ({
  second() {
    const { now } = simulation.clock
    for (const leaver of simulation.live()) {
      checkAnnounced(simulation, leaver)
      const { leaveAt, process } = leaver
      if (leaveAt === undefined || process.stopped !== undefined) continue
      if (now <= dueAt(simulation, leaver, leaveAt)) continue
      if (!isCalm(simulation, leaver, leaveAt)) continue
      const text = `${leaver.label} still waits to leave, though everybody can answer its goodbye`
      throw new InvariantError('goodbye', now, text, [leaver.label])
    }
  },
  event(observer, event) {
    if (event.type !== 'member-failed') return
    const life = findLife(simulation, event.member)
    if (life?.leaveAt === undefined || life.process.stopped !== 'left') return
    const from = life.leaveAt - AROUND_MS
    const to = life.leaveAt + AROUND_MS
    if (wasCut(simulation, life, from, to) || wasCut(simulation, observer, from, to)) return
    if (wasSlowed(simulation, life, from, to) || wasSlowed(simulation, observer, from, to)) return
    if (wasTorn(life, from, to) || wasTorn(observer, from, to)) return
    if (longestStall(life, from, to) > 0 || longestStall(observer, from, to) > 0) return
    if (observer.startedAt > from) return
    throw new InvariantError(
      'goodbye',
      simulation.clock.now,
      `${observer.label} calls ${life.label} failed, which has said its goodbyes`,
      [observer.label, life.name],
    )
  },
})
