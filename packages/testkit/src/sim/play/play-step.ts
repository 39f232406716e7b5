// Makes one step of a plan happen in a simulation.
import type { Step } from '../plan.ts'
import type { SimMember } from '../sim-member.ts'
import type { Simulation } from '../simulation.ts'
import { add, addForeign, duplicate, leave, load, restart } from './member-steps.ts'
import { cutFor, dnsFor, forgetLinks, refuseDials, slowLinksFor } from './network-steps.ts'
import type { StepOf } from './step-of.ts'

/** What happens to the world, or brings somebody new. */
const worldPlayers = {
  cut: cutFor,
  'slow-links': slowLinksFor,
  dns: dnsFor,
  add,
  duplicate,
  foreign: addForeign,
  restart,
}

type WorldType = keyof typeof worldPlayers
type MemberType = Exclude<Step['type'], WorldType>

/** What happens to one member that runs. */
const memberPlayers: {
  [Type in MemberType]: (simulation: Simulation, member: SimMember, step: StepOf<Type>) => void
} = {
  kill: (simulation, { label }, step) => simulation.kill(label, step),
  freeze: (simulation, { label }, { forMs }) => simulation.freeze(label, forMs),
  slow: (simulation, { label }, { lateMs, forMs }) => simulation.slow(label, lateMs, forMs),
  leave,
  forget: (simulation, { label }, { name }) => simulation.forget(label, name),
  'reset-links': (simulation, { label }) => simulation.resetLinks(label),
  'outdate-links': (simulation, { label }) => simulation.outdateLinks(label),
  'half-open': forgetLinks,
  'refuse-dials': refuseDials,
  'set-metadata': (simulation, { label }, { value }) => simulation.setMetadata(label, Uint8Array.of(value)),
  expect: (simulation, { label }, { size }) => simulation.setExpectedSize(label, size),
  load,
}

/** Plays a step, and returns whether there was something to do: one whose member does not run is passed over. */
export function playStep(simulation: Simulation, step: Step): boolean {
  const { entries } = simulation.transcript
  const before = entries.length
  if (isAboutWorld(step)) {
    const play = worldPlayers[step.type] as (simulation: Simulation, step: Step) => void
    play(simulation, step)
  } else {
    const member = simulation.find(step.member)
    const play = memberPlayers[step.type] as (simulation: Simulation, member: SimMember, step: Step) => void
    if (member?.isLive) play(simulation, member, step)
  }
  // Whatever happens is written down.
  return entries.length > before
}

function isAboutWorld(step: Step): step is StepOf<WorldType> {
  return step.type in worldPlayers
}
