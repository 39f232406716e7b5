// Plays a drawn run: the cluster forms, faults happen, the faults end, and everything must come right again.
import type { createCore, Sessions, SessionsOptions } from '@rollcall/membership/internal'
import { type CheckFactory, InvariantError } from './check.ts'
import type { SimCodec } from './codec.ts'
import { drawPlan } from './draw/scenarios.ts'
import { allChecks } from './invariants/all.ts'
import { checkQuorum, isQuorumTold } from './invariants/quorum.ts'
import {
  checkAgreement,
  checkLinks,
  checkQuiet,
  disagreement,
  runUntilDelivered,
  runUntilMended,
} from './invariants/settled.ts'
import { checkMessages } from './messages/chatter.ts'
import type { Plan, Step } from './plan.ts'
import { playStep } from './play/play-step.ts'
import { Simulation } from './simulation.ts'
import { longestStall } from './truth.ts'

/** What a run needs besides its plan. */
export interface RunParts {
  readonly createCore: typeof createCore
  readonly codec: SimCodec
  createSessions(options: SessionsOptions): Sessions
  trace?(at: number, who: string, what: object): void
  /** What must hold in this run besides the invariants. */
  readonly checks?: readonly CheckFactory[]
}

/** How a run went. */
export interface RunResult {
  readonly plan: Plan
  readonly simulation: Simulation
  /** The plan's steps that came to pass, in order: not those after a failure, nor those with nobody to happen to. */
  readonly happened: readonly Step[]
  /** Undefined when every invariant held. */
  readonly failure: InvariantError | undefined
}

/** How long traffic is measured at rest, in ms. */
const QUIET_MS = 4000

/** Draws the run of a seed and plays it. */
export function runSeed(seed: number, maxMembers: number, parts: RunParts, scenario?: string): RunResult {
  return playPlan(drawPlan(seed, maxMembers, scenario), parts)
}

/** Plays a run to its end or to the first broken invariant. */
export function playPlan(plan: Plan, parts: RunParts): RunResult {
  const { seed, network, service, protocol = {}, messages = false } = plan
  const { createSessions, ...others } = parts
  const expectedSize = sizeGiven(plan)
  const simulation = new Simulation({
    ...others,
    ...(messages && { createSessions }),
    seed,
    network,
    service,
    protocol,
    expectedSize,
    checks: [...allChecks, ...(parts.checks ?? [])],
  })
  const happened: Step[] = []
  try {
    play(simulation, plan, happened)
    return { plan, simulation, happened, failure: undefined }
  } catch (error) {
    const failure = error instanceof InvariantError ? error : asFailure(error, simulation)
    return { plan, simulation, happened, failure }
  }
}

/** In every other run all members are told how many names there will be at most. */
function sizeGiven({ seed, members, steps }: Plan): number | undefined {
  return seed % 2 === 0 ? members + steps.filter(({ type }) => type === 'add').length : undefined
}

/** An exception out of a core, or out of the simulator, is a failure like any other. */
function asFailure(error: unknown, simulation: Simulation): InvariantError {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return new InvariantError('no-throw', simulation.clock.now, text)
}

function play(simulation: Simulation, plan: Plan, happened: Step[]): void {
  for (let i = 0; i < plan.members; i++) {
    const at = (plan.startSpreadMs * i) / plan.members
    simulation.clock.at(at, () => simulation.addMember(`m-${i}`))
  }
  let from = Number.NEGATIVE_INFINITY
  let laterMs = 0
  for (const until of [...(plan.quietAt ?? []), plan.calmAt]) {
    const isLast = until === plan.calmAt
    const steps = plan.steps.filter(({ at }) => at > from && (isLast || at <= until))
    for (const step of steps)
      simulation.clock.at(step.at + laterMs, () => {
        if (playStep(simulation, step)) happened.push(step)
      })
    simulation.clock.runUntil(until + laterMs)
    endFaults(simulation)
    talk(simulation, false)
    settle(simulation)
    checkMessages(simulation)
    talk(simulation, true)
    from = until
    laterMs = simulation.clock.now - until
  }
}

/** Whether members say anything new to each other. */
function talk(simulation: Simulation, isTalking: boolean): void {
  for (const { chatter } of simulation.live()) if (chatter !== undefined) chatter.isTalking = isTalking
}

function endFaults(simulation: Simulation): void {
  simulation.heal()
  simulation.network.calm()
  for (const { label } of simulation.live()) simulation.thaw(label)
  simulation.service.mode = 'normal'
}

/** How long agreement may take: longer for who has to find out alone that others are no more. */
function settlingMs(simulation: Simulation): number {
  const { bounds, clock, protocol } = simulation
  const { agreementMs, isolatedCompletenessMs, oversleptMs } = bounds
  const isAnyAlone = simulation.liveByCluster().some((live) => live.length === 1)
  if (isAnyAlone) return agreementMs + isolatedCompletenessMs
  const overslept = simulation.live().some((each) => longestStall(each, 0, clock.now) >= protocol.tombstoneMs)
  return overslept ? agreementMs + oversleptMs : agreementMs
}

/** Throws unless all hold the same, true view over one link each, and know their quorum. */
function checkRest(simulation: Simulation): void {
  checkAgreement(simulation)
  checkLinks(simulation)
  checkQuorum(simulation)
}

/** The same; where packets get lost, a suspicion that was refuted or a link that was doubted a moment ago has its time. */
function checkRestInTime(simulation: Simulation): void {
  const { bounds, clock, network } = simulation
  // Somebody may have just come to know its quorum, and others learn it when they find the same view.
  simulation.runUntil(() => isQuorumTold(simulation), bounds.newsMs)
  const until = network.options.lossChance > 0 ? clock.now + bounds.repairMs : clock.now
  while (clock.now < until && !isAtRest(simulation)) simulation.run(250)
  checkRest(simulation)
}

function isAtRest(simulation: Simulation): boolean {
  try {
    checkRest(simulation)
    return true
  } catch {
    return false
  }
}

/** Waits for agreement, at most for its bound. */
function agree(simulation: Simulation): void {
  const { now: from } = simulation.clock
  while (simulation.clock.now < from + settlingMs(simulation) && disagreement(simulation)) simulation.run(250)
  checkAgreement(simulation)
}

/** Waits for agreement, and then watches the cluster at rest. */
function settle(simulation: Simulation): void {
  agree(simulation)
  runUntilDelivered(simulation)
  // That may have been the hello of one that has gone since.
  agree(simulation)
  runUntilMended(simulation)
  // Links of those who vanished before they said hello go when their time for it is over.
  simulation.run(simulation.protocol.helloTimeoutMs + 2000)
  checkRestInTime(simulation)
  checkQuiet(simulation, QUIET_MS)
}
