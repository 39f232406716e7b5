// Completeness: a member that has died is failed in the view of every member that runs and hears others.
import { type CheckFactory, InvariantError } from '../check.ts'
import { isUndisturbed } from '../truth.ts'

/** Looks every second at those that have been dead for longer than the bound. */
export const completeness: CheckFactory = (simulation) => {
  const settled = new Set<object>()
  return {
    second() {
      const limit = simulation.clock.now - simulation.bounds.completenessMs
      for (const dead of simulation.lives) {
        const { endedAt } = dead.process
        if (endedAt === undefined || endedAt > limit || settled.has(dead)) continue
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
