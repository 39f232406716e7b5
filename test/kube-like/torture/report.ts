// What is printed: a line for each act, and the table at the end. Pure.
import type { Act } from './torture.ts'
import type { Row } from './verdict.ts'

const PROBLEMS_SHOWN = 10
const ERRORS_SHOWN = 3

const heads = [
  'seconds',
  'requests',
  'tried twice',
  'failed twice',
  'slowest read',
  'write',
  'without',
  'failed',
]
const widths = heads.map((head) => Math.max(head.length, 8) + 2)

/** `without`: the longest that a key had no answer, of those that failed twice; `failed`: members that were taken for dead. */
export const actHead = `${line(heads)}  act`

/** One line, and what went wrong below it. */
export function actLine({ text, seconds, experience, failures }: Act): string {
  const { requests, retried, failed, longestReadMs, longestWriteMs, longestOutageMs, problems, errors } =
    experience
  const times = [longestReadMs, longestWriteMs, longestOutageMs].map(milliseconds)
  const cells = [seconds.toFixed(1), `${requests}`, `${retried}`, `${failed}`, ...times, `${failures}`]
  const wrong = problems
    .slice(0, PROBLEMS_SHOWN)
    .map((problem) => `    WRONG, ${problem.type}: ${problem.text}`)
  const frequent = [...errors].sort(([, a], [, b]) => b - a).slice(0, ERRORS_SHOWN)
  const met = frequent.map(([error, count]) => `    ${count} x ${error}`)
  return [`${line(cells)}  ${text}`, ...wrong, ...met].join('\n')
}

function line(cells: readonly string[]): string {
  return cells.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('')
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
