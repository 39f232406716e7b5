// Clusters of real cores in virtual time, for scenarios.
import { expect } from 'vitest'
import type { CheckFactory } from '../../src/sim/check.ts'
import { allChecks } from '../../src/sim/invariants/all.ts'
import {
  checkAgreement,
  checkLinks,
  checkQuiet,
  disagreement,
  runUntilDelivered,
} from '../../src/sim/invariants/settled.ts'
import { realParts } from '../../src/sim/real-parts.ts'
import { Simulation } from '../../src/sim/simulation.ts'
import type { SimulationOptions } from '../../src/sim/simulation-options.ts'

type Options = Partial<SimulationOptions>

/** A simulation of real cores in which every invariant is watched, or those given. */
export function realCluster(options: Options & { checks?: readonly CheckFactory[] } = {}): Simulation {
  return new Simulation({ ...realParts, seed: 1, checks: allChecks, ...options })
}

/** The same with `count` members, m-0 and so on, that have found each other and are at rest. */
export function formedCluster(count: number, options: Options = {}): Simulation {
  const simulation = realCluster(options)
  simulation.addMembers(count)
  mustAgree(simulation)
  simulation.run(5000)
  checkAgreement(simulation)
  checkLinks(simulation)
  return simulation
}

/** Runs until all live members hold the same, true view; fails when they do not within the bound. */
export function mustAgree(simulation: Simulation, withinMs = simulation.bounds.agreementMs): number {
  const start = simulation.clock.now
  if (!simulation.runUntil(() => disagreement(simulation) === undefined, withinMs)) checkAgreement(simulation)
  return simulation.clock.now - start
}

/** Lets the cluster come to rest and checks all that must hold then. */
export function mustRest(simulation: Simulation): void {
  mustAgree(simulation)
  runUntilDelivered(simulation)
  simulation.run(3000)
  checkAgreement(simulation)
  checkLinks(simulation)
  checkQuiet(simulation, 3000)
}

/** Runs until every live member but `name` holds `name` in a state; gives how long it took. */
export function mustBecome(simulation: Simulation, name: string, state: string, withinMs: number): number {
  const start = simulation.clock.now
  const others = () => simulation.live().filter((member) => member.name !== name)
  const is = () => others().every((member) => stateOf(simulation, member.label, name) === state)
  const came = simulation.runUntil(is, withinMs)
  if (!came) {
    const held = others().map((member) => `${member.label}: ${stateOf(simulation, member.label, name)}`)
    expect.fail(`${name} is not ${state} everywhere within ${withinMs} ms; ${held.join(', ')}`)
  }
  return simulation.clock.now - start
}

/** What one member holds about another. */
export function stateOf(simulation: Simulation, observer: string, name: string): string | undefined {
  const { members } = simulation.member(observer).process.core.view
  return members.find((member) => member.name === name)?.state
}

/** The events of a type that any member told, as `observer name`. */
export function told(simulation: Simulation, type: string, about?: string): string[] {
  return simulation.transcript.entries.flatMap(({ isStep, who, what }) => {
    const [kind, name] = what.split(' ')
    return !isStep && kind === type && (about === undefined || name === about) ? [`${who} ${name}`] : []
  })
}
