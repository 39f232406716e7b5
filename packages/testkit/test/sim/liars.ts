// Clusters in which some lie, and what the honest ones believe of each other meanwhile.
import type { CheckFactory } from '../../src/sim/check.ts'
import { completeness } from '../../src/sim/invariants/completeness.ts'
import { foreign } from '../../src/sim/invariants/foreign.ts'
import { isolation } from '../../src/sim/invariants/isolation.ts'
import { quorum } from '../../src/sim/invariants/quorum.ts'
import { superseded } from '../../src/sim/invariants/superseded.ts'
import { viewHash } from '../../src/sim/invariants/view-hash.ts'
import type { Simulation } from '../../src/sim/simulation.ts'
import type { SimulationOptions } from '../../src/sim/simulation-options.ts'
import { type Lying, lyingCore } from './lying-core.ts'
import { mustAgree, realCluster, stateOf } from './real-cluster.ts'

/** When the lies begin, in ms since the start. */
export const LIES_FROM_MS = 10_000
/** Members m-0 to m-4 are honest; those after them lie. */
export const honest: readonly string[] = ['m-0', 'm-1', 'm-2', 'm-3', 'm-4']

/**
 * Invariants that hold whatever one member says. The others do not: a false verdict is told until it is refuted, others'
 * incarnations are raised, goodbyes made up, and refutations cost frames.
 */
const always: readonly CheckFactory[] = [superseded, isolation, quorum, viewHash]

export interface Liars {
  /** How many lie, as one. Default 1. */
  readonly count?: number
  readonly lying: Lying
  /** How long they lie. Default for ever. */
  readonly forMs?: number
  /** Whether somebody will die: `noticed` in time, or `hidden` for a while. Who is dead cannot refute a later life. */
  readonly death?: 'noticed' | 'hidden'
  readonly options?: Partial<SimulationOptions>
}

/** Five honest members and some liars, just before these begin. */
export function withLiars({ count = 1, lying, forMs, death, options }: Liars): Simulation {
  const liars = Array.from({ length: count }, (_, i) => `m-${honest.length + i}`)
  const until = forMs === undefined ? {} : { until: LIES_FROM_MS + forMs }
  const createCore = lyingCore(liars, lying, { from: LIES_FROM_MS, ...until })
  const checks = [...always, ...(death === undefined ? [foreign] : death === 'noticed' ? [completeness] : [])]
  const simulation = realCluster({ checks, ...options, createCore })
  simulation.addMembers(honest.length + count)
  mustAgree(simulation)
  simulation.run(LIES_FROM_MS - simulation.clock.now)
  return simulation
}

/** Lets time pass; gives the longest time that an honest member held another failed, left or gone. */
export function longestWrongMs(simulation: Simulation, forMs: number): number {
  const since = new Map<string, number>()
  let longestMs = 0
  for (let ms = 0; ms < forMs; ms++) {
    simulation.run(1)
    const { now } = simulation.clock
    for (const observer of honest) {
      for (const name of honest) {
        const pair = `${observer} ${name}`
        const state = stateOf(simulation, observer, name)
        if (state === 'alive' || state === 'suspect') since.delete(pair)
        else if (!since.has(pair)) since.set(pair, now - 1)
        longestMs = Math.max(longestMs, now - (since.get(pair) ?? now))
      }
    }
  }
  return longestMs
}

/** Whether all honest members that live hold one in a state. */
export function allHold(simulation: Simulation, name: string, state: string): boolean {
  const live = simulation.live().filter(({ label }) => label !== name && honest.includes(label))
  return live.every(({ label }) => stateOf(simulation, label, name) === state)
}
