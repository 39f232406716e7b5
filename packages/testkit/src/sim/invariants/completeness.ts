// Completeness: a member that has died is failed in the view of every member that runs and hears others.
import { type CheckFactory, InvariantError } from '../check.ts'
import type { SimMember } from '../sim-member.ts'
import type { Simulation } from '../simulation.ts'
import { holds, isUndisturbed } from '../truth.ts'

/** How long that may take: longer where only one is left that has met the dead, and has nobody to agree with. */
function withinMs(simulation: Simulation, dead: SimMember): number {
  const { completenessMs, oversleptMs } = simulation.bounds
  const holders = simulation.live().filter((each) => holds(each, dead))
  return holders.length > 1 ? completenessMs : Math.max(completenessMs, oversleptMs)
}

/** Looks every second at those that have been dead for longer than the bound. */
export const completeness: CheckFactory = (simulation) => {
  const settled = new Set<object>()
  return {
    second() {
      const { clock, bounds } = simulation
      for (const dead of simulation.lives) {
        const { endedAt = clock.now } = dead.process
        if (endedAt > clock.now - bounds.completenessMs || settled.has(dead)) continue
        if (endedAt > clock.now - withinMs(simulation, dead)) continue
        settled.add(dead)
        for (const observer of simulation.live()) {
          if (!isUndisturbed(simulation, observer, endedAt - 1000) || observer.process.core.isolated) continue
          const held = observer.process.core.view.members.find((member) => member.name === dead.name)
          if (held?.instance !== dead.life.instance || held.state === 'failed' || held.state === 'left')
            continue
          throw new InvariantError(
            'completeness',
            simulation.clock.now,
            `${observer.label} holds ${dead.label} ${held.state}, which died at ${endedAt.toFixed(1)} ms`,
            [observer.label, dead.name],
          )
        }
      }
    },
  }
}
