// Plays one step: does something, waits until every pod's view is as it must become, and judges what was reported.
import { setTimeout as pause } from 'node:timers/promises'
import { agreement } from '../cluster/agreement.ts'
import type { Playground, PlaygroundEvents } from '../cluster/playground.ts'
import { type Fate, type Observed, passingSuspicions, wrongReports } from './judge.ts'

/** What came of a step. */
export interface StepResult {
  readonly name: string
  /** From the action to the last pod's view; up to the deadline when it was not reached. */
  readonly ms: number
  readonly ok: boolean
  readonly detail: string
}

/** A step that is being played, as its author sees it. */
export interface Stage {
  readonly playground: Playground
  /** Everything reported since the step began, with the time. */
  readonly observed: readonly (Observed & { readonly atMs: number })[]
}

/** One step of the script. */
export interface Step {
  readonly name: string
  /** Does it; resolves with the time from which the step is measured, and what it means. */
  act(stage: Stage): Promise<Act>
}

/** What a step did. */
export interface Act {
  readonly startedAtMs: () => number
  readonly fate: Fate
  /** Further things that must be so, beside the views: what is missing, or undefined. */
  readonly alsoMissing?: () => string | undefined
  /** What to say when all is well. */
  readonly detail: () => string
}

// Generous: how fast it is, is for the bench to say.
const DEADLINE_MS = 30_000
const LOOK_EVERY_MS = 10
// Late wrong reports belong to the step that caused them.
const AFTERMATH_MS = 400

/** Plays a step; never rejects. */
export async function playStep(playground: Playground, step: Step): Promise<StepResult> {
  const observed: (Observed & { atMs: number })[] = []
  const crashes: string[] = []
  const onChange = ({ observer, report }: PlaygroundEvents['change'][0]) => {
    observed.push({ observer, report, atMs: report.atMs })
  }
  const onCrash = ({ pod, exit }: PlaygroundEvents['crash'][0]) => {
    crashes.push(`${pod} ended by itself (${exit.signal ?? exit.code}): ${exit.errors.trim().slice(-300)}`)
  }
  playground.on('change', onChange).on('crash', onCrash)
  try {
    const act = await step.act({ playground, observed })
    const { ms, missing } = await untilRight(playground, act, crashes)
    await pause(AFTERMATH_MS)
    const wrong = [...missing, ...crashes, ...wrongReports(observed, act.fate)]
    const suspects = passingSuspicions(observed, act.fate)
    const note = suspects.length === 0 ? '' : `; suspected for a moment: ${suspects.join(', ')}`
    const detail = wrong.length === 0 ? act.detail() + note : wrong.join('; ')
    return { name: step.name, ms, ok: wrong.length === 0, detail }
  } catch (error) {
    return {
      name: step.name,
      ms: 0,
      ok: false,
      detail: error instanceof Error ? error.message : String(error),
    }
  } finally {
    playground.off('change', onChange).off('crash', onCrash)
  }
}

async function untilRight(
  playground: Playground,
  act: Act,
  crashes: readonly string[],
): Promise<{ ms: number; missing: string[] }> {
  const deadlineMs = performance.now() + DEADLINE_MS
  for (;;) {
    const found = agreement(playground.pods)
    const missing = found.type === 'agreed' ? act.alsoMissing?.() : found.why
    if (found.type === 'agreed' && missing === undefined) {
      return { ms: round(Math.max(0, found.lastAtMs - act.startedAtMs())), missing: [] }
    }
    if (performance.now() > deadlineMs || crashes.length > 0) {
      return { ms: DEADLINE_MS, missing: [`not reached in ${DEADLINE_MS} ms: ${missing}`] }
    }
    await pause(LOOK_EVERY_MS)
  }
}

/** Milliseconds with one decimal. */
export function round(ms: number): number {
  return Math.round(ms * 10) / 10
}
