// Runs a range of seeds one after the other and gathers what failed.
import { type RunParts, type RunResult, runSeed } from '../sim/mixed-run.ts'
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
}

/** How a range of seeds went. */
export interface SeedsResult {
  readonly ok: boolean
  readonly seeds: number
  readonly members: number
  readonly failures: readonly SeedFailure[]
  readonly wallMs: number
  readonly virtualMs: number
}

/** Which seeds, and who wants to know how it goes. */
export interface SeedsOptions {
  readonly firstSeed: number
  readonly seeds: number
  readonly members: number
  /** The core and codec to run, and where a trace goes. Default the real ones, and no trace. */
  readonly parts?: RunParts
  onSeed?(done: number, failures: readonly SeedFailure[]): void
}

/** Runs the seeds. */
export function runSeeds(options: SeedsOptions): SeedsResult {
  const { firstSeed, seeds, members, parts = realParts, onSeed } = options
  const start = performance.now()
  const failures: SeedFailure[] = []
  let virtualMs = 0
  for (let i = 0; i < seeds; i++) {
    const result = runSeed(firstSeed + i, members, parts)
    virtualMs += result.simulation.clock.now
    if (result.failure) failures.push(describeFailure(result, members))
    onSeed?.(i + 1, failures)
  }
  const wallMs = Math.round(performance.now() - start)
  return { ok: failures.length === 0, seeds, members, failures, wallMs, virtualMs: Math.round(virtualMs) }
}

function describeFailure({ plan, simulation, failure }: RunResult, members: number): SeedFailure {
  return {
    seed: plan.seed,
    invariant: failure?.invariant ?? '',
    command: `npm run simulate -- --seed ${plan.seed} --members ${members}`,
    text: failure?.message ?? '',
    transcript: simulation.transcript.text({ about: failure?.about ?? [], most: 60 }),
  }
}
