// What the acts amount to, beside what must be reached. Pure.
import type { Problem } from '../support/load/history.ts'
import type { ActKind } from './ordeals.ts'
import type { Act } from './torture.ts'

export interface Row {
  readonly name: string
  readonly value: number
  readonly unit: '' | '%' | 'ms'
  readonly target: number
  readonly isReached: boolean
}

/** One row for each target. */
export function judge(acts: readonly Act[]): Row[] {
  const of = (...kinds: ActKind[]) =>
    acts.filter(({ kind }) => kinds.includes(kind)).map(({ experience }) => experience)
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
  const problems = acts.flatMap(({ experience }) => experience.problems)
  const count = (among: typeof problems, ...types: Problem['type'][]) =>
    among.filter(({ type }) => types.includes(type)).length
  const lost = count(
    of('reading all').flatMap((experience) => experience.problems),
    'older',
  )
  const wrong = count(problems, 'older', 'invented') - lost
  // In the others a pod has been away, for the others at least.
  const present = acts.filter(({ kind }) => !/SIGKILL|cut|freeze/.test(kind))
  const accused = sum(present.map(({ failures }) => failures))
  // A pod that is cut off or frozen takes its time from each request that goes to it.
  const answering = acts.filter(({ kind }) => !/cut|freeze/.test(kind)).map(({ experience }) => experience)
  const failed = sum(answering.map((experience) => experience.failed))
  const requests = sum(answering.map((experience) => experience.requests))
  const longest = (kind: ActKind) =>
    Math.max(0, ...of(kind).flatMap(({ longestReadMs, longestWriteMs }) => [longestReadMs, longestWriteMs]))
  const restarted = Math.max(0, ...of('rolling restart').map(({ longestOutageMs }) => longestOutageMs))
  const row = (
    name: string,
    value: number,
    unit: Row['unit'],
    target: number,
    isReached = value <= target,
  ): Row => ({
    name,
    value,
    unit,
    target,
    isReached,
  })
  return [
    row('acknowledged writes lost', lost, '', 0),
    row('wrong values read', wrong, '', 0),
    row('writes given up, and done late', count(problems, 'late'), '', 0),
    row('members taken for dead that were not killed', accused, '', 0),
    row('requests that failed twice', (100 * failed) / Math.max(1, requests), '%', 0.1),
    row('longest wait for a key, SIGKILL', longest('SIGKILL'), 'ms', 500),
    row('the same, its address gone with it', longest('SIGKILL and no address'), 'ms', 500),
    row('longest time without a key, rolling restart', restarted, 'ms', 0),
  ]
}

/** Loss and wrong values are failures on any machine; times depend on it, and a late write is what its client made of it. */
export function isLoss(acts: readonly Act[]): boolean {
  return acts.some(({ experience }) => experience.problems.some(({ type }) => type !== 'late'))
}
