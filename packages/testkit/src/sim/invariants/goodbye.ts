// Goodbye: a member that left while it and the network were well is reported as left by everyone, never as failed.
import { type CheckFactory, InvariantError } from '../check.ts'
import { findLife, longestStall, wasCut, wasSlowed, wasTorn } from '../truth.ts'

/** How long before and after its goodbye a member must have been undisturbed for the rule to hold. */
const AROUND_MS = 2000

/** Watches verdicts about members that left. */
export const goodbye: CheckFactory = (simulation) => ({
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
