// What is printed: a line for each act, and the table at the end. Pure.
import type { Act } from './torture.ts'
import type { Row } from './verdict.ts'

const PROBLEMS_SHOWN = 10
const ERRORS_SHOWN = 3

export const actHead = `${'seconds'.padStart(8)}${'requests'.padStart(10)}${'tried twice'.padStart(13)}${'failed twice'.padStart(14)}${'slowest'.padStart(10)}${'without'.padStart(10)}${'failed'.padStart(8)}  act`

/** One line, and what went wrong below it. */
export function actLine({ text, seconds, experience, failures }: Act): string {
  const { requests, retried, failed, longestMs, longestOutageMs, problems, errors } = experience
  const cells = [
    seconds.toFixed(1).padStart(8),
    `${requests}`.padStart(10),
    `${retried}`.padStart(13),
    `${failed}`.padStart(14),
    milliseconds(longestMs).padStart(10),
    milliseconds(longestOutageMs).padStart(10),
    `${failures}`.padStart(8),
    `  ${text}`,
  ]
  const wrong = problems.slice(0, PROBLEMS_SHOWN).map((problem) => `    WRONG: ${problem.text}`)
  const frequent = [...errors].sort(([, a], [, b]) => b - a).slice(0, ERRORS_SHOWN)
  return [cells.join(''), ...wrong, ...frequent.map(([error, count]) => `    ${count} x ${error}`)].join('\n')
}

/** All targets, and whether they were reached. */
export function table(rows: readonly Row[]): string {
  const show = (value: number, { unit }: Row) =>
    unit === 'ms' ? milliseconds(value) : unit === '%' ? `${value.toFixed(3)} %` : `${value}`
  return rows
    .map((row) =>
      [
        row.name.padEnd(46),
        show(row.value, row).padStart(12),
        `target ${show(row.target, row)}`.padStart(18),
        row.isReached ? '  reached' : '  MISSED',
      ].join(''),
    )
    .join('\n')
}

function milliseconds(ms: number): string {
  return ms === Number.POSITIVE_INFINITY ? 'for ever' : `${Math.round(ms)} ms`
}
