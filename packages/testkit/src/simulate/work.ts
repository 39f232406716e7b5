// What one worker process does: plays the plans it is given and shrinks those that fail.
import { closeSync, openSync, writeSync } from 'node:fs'
import { playPlan, type RunParts } from '../sim/mixed-run.ts'
import type { Plan } from '../sim/plan.ts'
import { type FailureReport, reportOf } from './run-seeds.ts'
import { shrinkPlan } from './shrink.ts'

/** One piece of work. */
export interface Job {
  readonly type: 'play' | 'shrink'
  readonly plan: Plan
  /** Where every input and output of every core is written. */
  readonly traceFile?: string | undefined
}

/** How it went. */
export interface JobResult {
  readonly virtualMs: number
  readonly report: FailureReport | undefined
}

/** How long a failing plan is cut down, in ms of wall time and in plans played. */
const SHRINK_FOR_MS = 20_000
const SHRINK_TRIES = 500

/** Does a piece of work. */
export function work({ type, plan, traceFile }: Job, parts: RunParts): JobResult {
  if (traceFile !== undefined) return playTraced(plan, parts, traceFile)
  return play(type === 'shrink' ? shrink(plan, parts) : plan, parts)
}

function play(plan: Plan, parts: RunParts): JobResult {
  const result = playPlan(plan, parts)
  return { virtualMs: result.simulation.clock.now, report: reportOf(result) }
}

function shrink(plan: Plan, parts: RunParts): Plan {
  const kind = kindOf(play(plan, parts).report)
  const until = performance.now() + SHRINK_FOR_MS
  const breaks = (smaller: Plan) => {
    const result = playPlan(smaller, parts)
    return kindOf(reportOf(result)) === kind ? result.happened : undefined
  }
  return shrinkPlan(plan, breaks, { tries: SHRINK_TRIES, isOver: () => performance.now() > until })
}

/** What must stay the same while a plan is shrunk. Exceptions are told apart, since a maimed plan can throw as well. */
function kindOf(report: FailureReport | undefined): string | undefined {
  if (report?.invariant !== 'no-throw') return report?.invariant
  return report.text.split('\n')[0]?.replace(/\d/g, '')
}

const bytesAsHex = (_key: string, value: unknown) =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value

/** Writes one line for each input and output of a core. */
function playTraced(plan: Plan, parts: RunParts, traceFile: string): JobResult {
  const file = openSync(traceFile, 'w')
  try {
    return play(plan, {
      ...parts,
      trace: (at, who, what) =>
        writeSync(file, `${at.toFixed(2)} ${who} ${JSON.stringify(what, bytesAsHex)}\n`),
    })
  } finally {
    closeSync(file)
  }
}
