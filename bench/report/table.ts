// The table that is printed at the end. Pure.
import { rowKinds } from '../targets.ts'
import type { Result } from './result.ts'

const HEADS = ['row', 'members', 'runs', 'median', 'worst', 'target', 'ok', 'serf LAN']

/** All rows under a head, then what the names mean and every remark. */
export function table(results: readonly Result[]): string {
  const lines = [HEADS, ...results.map(cells)]
  const widths = HEADS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
  const [head, ...rows] = lines.map((line) => line.map(pad).join('  ').trimEnd())
  const rule = '-'.repeat(Math.max(...[head, ...rows].map((line) => line?.length ?? 0)))
  const names = [...new Set(results.map(({ name }) => name))]
  const nameWidth = Math.max(...names.map((name) => name.length))
  const meanings = names.map((name) => `${name.padEnd(nameWidth)}  ${rowKinds[name].about}`)
  return [head, rule, ...rows, '', ...meanings, ...remarks(results)].join('\n')
}

/** What was noted, skipped or went wrong, a line each. */
function remarks(results: readonly Result[]): string[] {
  const lines = results.flatMap((result) => {
    const { name, members, skipped, error, notes, unreached } = result
    const said = [
      ...(skipped === null ? [] : [`not measured here: ${skipped}`]),
      ...(error === null ? [] : [`COULD NOT BE MEASURED: ${error}`]),
      ...(unreached === 0 ? [] : [`not reached in time in ${unreached} of ${result.runs} runs`]),
      ...notes,
    ]
    return said.map((one) => `${name}, ${members} members: ${one}`)
  })
  return lines.length === 0 ? [] : ['', ...lines]
}

function cells(result: Result): string[] {
  const { name, members, runs, ok, serf, skipped, error, unit, target, targetMs, worstTargetMs } = result
  const limit = unit === 'ms' ? targetMs : target
  const bounds =
    limit === null ? '-' : `${amount(limit, unit)}${worstTargetMs ? ` (${amount(worstTargetMs, unit)})` : ''}`
  const [middle, worst] = unit === 'ms' ? [result.medianMs, result.worstMs] : [result.value, result.highest]
  const verdict =
    error !== null ? 'error' : skipped !== null ? 'skipped' : ok === null ? '-' : ok ? 'yes' : 'MISS'
  return [
    name,
    `${members}`,
    `${runs}`,
    amount(middle, unit),
    amount(worst, unit),
    bounds,
    verdict,
    serf ?? '-',
  ]
}

function amount(value: number | null, unit: string): string {
  if (value === null) return '-'
  if (unit === 'count') return `${value}`
  if (unit === 'ms' && value >= 10_000) return `${(value / 1000).toFixed(1)} s`
  const digits = unit === '%' ? 2 : value < 100 && unit === 'ms' && !Number.isInteger(value) ? 1 : 0
  return `${value.toFixed(digits)} ${unit}`
}
