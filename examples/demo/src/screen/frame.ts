// The whole screen: title, matrix, the selected pod, log and keys, for any size of terminal. Pure.
import { agreement } from '../cluster/agreement.ts'
import type { Pod } from '../cluster/pod.ts'
import type { EventLog } from './event-log.ts'
import { keyHelp } from './keys.ts'
import { type MatrixOptions, matrix } from './matrix.ts'
import { cutLine, type Line, span } from './paint.ts'

/** All that is on the screen. */
export interface FrameInput {
  readonly pods: readonly Pod[]
  readonly selected: string
  readonly log: EventLog
  /** Where the pods are, in words. */
  readonly network: string
  readonly columns: number
  readonly rows: number
  /** The time, in ms since 1970. */
  readonly nowMs: number
}

const LEAST_COLUMNS = 38
const LEAST_ROWS = 12
const LEAST_LOG = 5

/** As many lines as the terminal has rows, none longer than it has columns. */
export function frame(input: FrameInput): Line[] {
  const { columns, rows } = input
  if (columns < LEAST_COLUMNS || rows < LEAST_ROWS) {
    const text = `Needs ${LEAST_COLUMNS} x ${LEAST_ROWS}, has ${columns} x ${rows}. q quits.`
    return fill([[span(text)]], rows, columns)
  }
  const help = (
    keyHelp.find((lines) => lines.every(({ length }) => length <= columns)) ??
    keyHelp.at(-1) ??
    []
  ).map((text): Line => [span(text, 'faint')])
  const above = [title(input), ...table(input, help.length), [], selection(input)]
  const logRows = Math.max(0, rows - above.length - help.length)
  const log = input.log.lines(logRows, columns)
  return fill([...above.slice(0, rows - help.length), ...fill(log, logRows, columns), ...help], rows, columns)
}

function title({ pods, network }: FrameInput): Line {
  const found = agreement(pods)
  const agreed = found.type === 'agreed' && found.observers > 0
  const state = agreed ? span(`all ${found.observers} agree`, 'good') : span('not one view yet', 'doubtful')
  return [span('Rollcall', 'strong'), span('  '), state, span(`  (${network})`, 'faint')]
}

/** All details of every pod, or of the selected one, or of none: as many as leave room for the log. */
function table({ pods, selected, columns, rows, nowMs }: FrameInput, helpLines: number): Line[] {
  const room = rows - 3 - LEAST_LOG - helpLines
  const draw = (details: MatrixOptions['details']) =>
    matrix(pods, { selected, width: columns, details, nowMs })
  const tables = (['all', 'selected'] as const).map(draw)
  return tables.find(({ length }) => length <= room) ?? draw('none')
}

function selection({ pods, selected }: FrameInput): Line {
  const pod = pods.find(({ name }) => name === selected)
  if (pod === undefined) return [span('')]
  const { status, place, process, generation, generations } = pod
  const life =
    generation === undefined ? 'not joined yet' : `generation ${generation} (#${generations.length})`
  return [
    span(`> ${pod.name}`, 'strong'),
    span(`  ${status}${pod.cut ? ', cut off' : ''}  ${place.config.advertise}  pid ${process.pid}  ${life}`),
  ]
}

function fill(lines: readonly Line[], rows: number, columns: number): Line[] {
  return Array.from({ length: rows }, (_, row) => cutLine(lines[row] ?? [], columns))
}
