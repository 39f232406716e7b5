// The kinds of runs that can be drawn from a seed, by name.
import type { Plan } from '../plan.ts'
import { drawMixed } from './mixed.ts'

/** One kind of run. */
export interface Scenario {
  readonly name: string
  /** What happens in it, in a few words. */
  readonly about: string
  /** Draws one for a seed, of at most so many members. */
  draw(seed: number, maxMembers: number): Plan
}

/** All of them, by name. */
export const scenarios: Readonly<Record<string, Scenario>> = Object.fromEntries(
  [{ name: 'mixed', about: 'every kind of fault, alone and together', draw: drawMixed }].map((scenario) => [
    scenario.name,
    scenario,
  ]),
)

/** Draws the run of a seed: the same seed, size and scenario give the same run. */
export function drawPlan(seed: number, maxMembers: number, scenario = 'mixed'): Plan {
  const found = scenarios[scenario]
  if (!found)
    throw new RangeError(`There is no scenario "${scenario}"; there are ${Object.keys(scenarios).join(', ')}`)
  return found.draw(seed, maxMembers)
}
