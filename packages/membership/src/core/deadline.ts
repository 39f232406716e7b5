// Which of several times comes first.
import type { Millis } from './identity.ts'

/** The earliest of some times; undefined where there is none. */
export function earliest(...times: (Millis | undefined)[]): Millis | undefined {
  let first: Millis | undefined
  for (const at of times) if (at !== undefined && (first === undefined || at < first)) first = at
  return first
}

/** The earliest deadline of what is under way; undefined where nothing is. */
export function earliestDeadline(underWay: Iterable<{ readonly deadline: Millis }>): Millis | undefined {
  let first: Millis | undefined
  for (const { deadline } of underWay) if (first === undefined || deadline < first) first = deadline
  return first
}
