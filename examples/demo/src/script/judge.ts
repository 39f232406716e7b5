// Whether what the pods reported during a step was right: pure. A member reported as gone that is not, is wrong; a
// suspicion that passes is worth a note, for that is what suspicions are for on a busy machine.
import type { ChangeReport } from '../reports.ts'

/** A report with the pod that it came from. */
export interface Observed {
  readonly observer: string
  readonly report: Pick<ChangeReport, 'change' | 'about' | 'why' | 'isolated'>
}

/** What happens to a pod in a step, as far as others may rightly say that it is gone. */
export interface Fate {
  /** The pod that the step is about; undefined for none. */
  readonly subject: string | undefined
  /** Events that are right about the subject. */
  readonly mayBe: readonly ChangeReport['change'][]
  /** Whether the subject is on its own: then what it thinks of the others is right as well. */
  readonly alone: boolean
}

const grave: readonly ChangeReport['change'][] = [
  'member-failed',
  'member-leaving',
  'member-left',
  'member-restarted',
  'member-removed',
  'superseded',
]

/** One line for each wrong report, in order. */
export function wrongReports(observed: readonly Observed[], fate: Fate): string[] {
  return observed
    .filter(({ observer, report }) => isGrave(report) && !isRight(observer, report, fate))
    .map(({ observer, report }) => `${observer} wrongly reported ${describe(report)}`)
}

/** Pods that were suspected for a moment though nothing was done to them, sorted. */
export function passingSuspicions(observed: readonly Observed[], fate: Fate): string[] {
  const suspected = observed
    .filter(
      ({ observer, report }) => report.change === 'member-suspected' && !isRight(observer, report, fate),
    )
    .map(({ report }) => report.about ?? '')
  return [...new Set(suspected)].sort()
}

function isGrave(report: Observed['report']): boolean {
  return grave.includes(report.change) || (report.change === 'isolated' && report.isolated === true)
}

function isRight(observer: string, report: Observed['report'], fate: Fate): boolean {
  if (fate.subject === undefined) return false
  // A member that leaves is told so itself.
  const isAsMeant = report.about === fate.subject && fate.mayBe.includes(report.change)
  return isAsMeant || (observer === fate.subject && fate.alone)
}

function describe({ change, about, why }: Observed['report']): string {
  const what = change.replace('member-', '')
  const reason = why === undefined ? '' : ` (${why})`
  return about === undefined ? `that it is ${what}` : `${about} ${what}${reason}`
}
