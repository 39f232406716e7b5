// What the acts amount to, beside what must be reached. Pure.
import type { Act, ActKind } from './torture.ts'

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
  const all = acts.map(({ experience }) => experience)
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
  const problems = all.flatMap(({ problems }) => problems)
  const atTheEnd = of('reading all').flatMap(({ problems }) => problems)
  const lost = atTheEnd.filter(({ type }) => type === 'older').length
  const failed = sum(all.map(({ failed }) => failed))
  const requests = sum(all.map(({ requests }) => requests))
  const accused = sum(acts.filter(({ kind }) => !kind.startsWith('SIGKILL')).map(({ failures }) => failures))
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
    row('wrong values read', problems.length - lost, '', 0),
    row('members taken for dead that were not killed', accused, '', 0),
    row('requests that failed twice', (100 * failed) / Math.max(1, requests), '%', 0.1),
    row('longest wait for a key, SIGKILL', longest('SIGKILL'), 'ms', 500),
    row('the same, its address gone with it', longest('SIGKILL and no address'), 'ms', 500),
    row('longest time without a key, rolling restart', restarted, 'ms', 0),
  ]
}

/** Loss and wrong values are failures on any machine; times depend on it. */
export function isLoss(acts: readonly Act[]): boolean {
  return acts.some(({ experience }) => experience.problems.length > 0)
}
