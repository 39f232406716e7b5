// The row of a disturbance that nobody dies of: every `failed` is wrong. Suspicions are allowed, and told beside it.
import { counted, type Result } from '../report/result.ts'
import type { RowName } from '../targets.ts'
import type { ToldEvent } from './bench-cluster.ts'
import { inWords } from './group.ts'

/** What happened while the disturbance lasted. */
export interface Disturbance {
  readonly events: readonly ToldEvent[]
  readonly startMs: number
  /** Names of the disturbed members; all when left out. */
  readonly disturbed?: readonly string[]
  readonly notes?: readonly string[]
}

/** Counts `failed` events in all views. */
export function falseAlarms(
  name: RowName,
  size: number,
  { events, startMs, disturbed, notes = [] }: Disturbance,
): Result {
  const failed = events.filter(({ type }) => type === 'member-failed')
  const words = failed.map((event) => `after ${Math.round(event.atMs - startMs)} ms: ${inWords(event)}`)
  return counted(name, size, 1, [failed.length], [suspicionsInWords(events, disturbed), ...notes, ...words])
}

function suspicionsInWords(events: readonly ToldEvent[], disturbed: readonly string[] | undefined): string {
  const told = events.filter(({ type }) => type === 'member-suspected')
  // One suspicion is told once in each view it gets to.
  const subjects = new Map(told.map((event) => [`${event.instance} ${event.incarnation}`, event.name ?? '']))
  const total = `${subjects.size} suspicions, told in ${told.length} suspected events`
  if (disturbed === undefined) return total
  const others = [...subjects.values()].filter((name) => !disturbed.includes(name)).length
  return `${total}; ${others} of them about members other than the disturbed ${disturbed.join(', ')}`
}
