// Runs a range of seeds one after the other in this process and gathers what failed.
import { drawPlan } from '../sim/draw/scenarios.ts'
import { playPlan, type RunParts, type RunResult } from '../sim/mixed-run.ts'
import type { Plan } from '../sim/plan.ts'
import { realParts } from '../sim/real-parts.ts'

/** One seed that broke an invariant. */
export interface SeedFailure {
  readonly seed: number
  readonly invariant: string
  /** Replays it alone. */
  readonly command: string
  /** What is wrong, in a sentence. */
  readonly text: string
  /** The faults, and what the members concerned told. */
  readonly transcript: string
  /** What was played; the shrunk plan, where it could be shrunk. */
  readonly plan: Plan
}

/** How a range of seeds went. */
export interface SeedsResult {
  /** Of drawn runs: the first seed, and which kind of run. */
  readonly firstSeed?: number
  readonly scenario?: string
  readonly ok: boolean
  readonly seeds: number
  readonly members: number
  readonly failures: readonly SeedFailure[]
  readonly wallMs: number
  readonly virtualMs: number
  /** Ctrl-C came before all had run. */
  readonly interrupted?: true
}

/** Which seeds. */
export interface SeedsOptions {
  readonly firstSeed: number
  readonly seeds: number
  readonly members: number
  /** Which kind of run. Default mixed. */
  readonly scenario?: string
  /** The core and codec to run. Default the real ones. */
  readonly parts?: RunParts
}

/** Runs the seeds. */
export function runSeeds(options: SeedsOptions): SeedsResult {
  const { firstSeed, seeds, members, scenario, parts = realParts } = options
  const start = performance.now()
  const failures: SeedFailure[] = []
  let virtualMs = 0
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const result = playPlan(drawPlan(seed, members, scenario), parts)
    virtualMs += result.simulation.clock.now
    const report = reportOf(result)
    if (report) failures.push({ seed, command: replayCommand(seed, members, scenario), ...report })
  }
  const wallMs = Math.round(performance.now() - start)
  return { ok: failures.length === 0, seeds, members, failures, wallMs, virtualMs: Math.round(virtualMs) }
}

/** What a broken run has to say, in plain data. */
export type FailureReport = Omit<SeedFailure, 'seed' | 'command'>

/** Puts a run into words; undefined when nothing broke. */
export function reportOf({ plan, simulation, failure }: RunResult): FailureReport | undefined {
  if (!failure) return undefined
  const { invariant, message, about, at } = failure
  const transcript = `${simulation.transcript.text({ about, most: 60 })}\n${at.toFixed(1).padStart(10)}  ! ${message}`
  return { invariant, text: message, transcript, plan }
}

/** The command that runs one seed alone. */
export function replayCommand(seed: number, members: number, scenario = 'mixed'): string {
  const kind = scenario === 'mixed' ? '' : ` --scenario ${scenario}`
  return `npm run simulate -- --seed ${seed} --members ${members}${kind}`
}
