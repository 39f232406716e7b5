// Who sees whom: a row for each pod that looks, a column for each that is looked at. Pure.
import type { MemberState } from '@rollcall/membership'
import { hasProcess, type Pod } from '../cluster/pod.ts'
import type { SeenMember } from '../reports.ts'
import { fit, type Line, type Span, type Style, span } from './paint.ts'
import { showAge, showMs } from './units.ts'

/** What the matrix shows of a pod. */
export type ShownPod = Pick<
  Pod,
  'name' | 'status' | 'cut' | 'generations' | 'generation' | 'view' | 'rttMs' | 'isolated'
>

/** How the matrix is to be drawn. */
export interface MatrixOptions {
  readonly selected: string
  readonly width: number
  /** Whose rows show all there is, in two lines or three; the others have one line, with what fits. */
  readonly details: 'all' | 'selected' | 'none'
  /** The time, in ms since 1970. */
  readonly nowMs: number
}

const LABEL = 7
const NARROWEST = 8
const WIDEST = 20
/** `suspect 99s` and a space. */
const WIDE_ENOUGH = 12

const stateStyles: Readonly<Record<MemberState, Style>> = {
  alive: 'good',
  suspect: 'doubtful',
  failed: 'bad',
  left: 'gone',
}

/** The matrix, its header first. */
export function matrix(pods: readonly ShownPod[], options: MatrixOptions): Line[] {
  const free = Math.floor((options.width - LABEL) / Math.max(1, pods.length))
  const cell = Math.min(WIDEST, Math.max(NARROWEST, free))
  const mark = (name: string): Style => (name === options.selected ? 'strong' : 'plain')
  const header = [
    span(fit(' sees', LABEL), 'faint'),
    ...pods.map(({ name }) => span(fit(name, cell), mark(name))),
  ]
  const rows = pods.flatMap((observer) => {
    const cells = pods.map((member) => cellParts(observer, member, options.nowMs))
    const label = `${observer.name === options.selected ? '>' : ' '}${observer.name}`
    const first = [span(fit(label, LABEL), mark(observer.name))]
    const isDetailed =
      options.details === 'all' || (options.details === 'selected' && observer.name === options.selected)
    if (!isDetailed) return [[...first, ...cells.map((parts) => oneLine(parts, cell))]]
    const lines = cells.map((parts) => allLines(parts, cell))
    const below = lines[0]?.slice(1).map((_, index) => index + 1) ?? []
    return [
      [...first, ...lines.flatMap((line) => line[0] ?? [])],
      ...below.map((index) => [span(fit('', LABEL)), ...lines.flatMap((line) => line[index] ?? [])]),
    ]
  })
  return [header, ...rows]
}

interface CellParts {
  readonly style: Style
  readonly state: string
  /** How long it has been in that state. */
  readonly age: string
  /** Which life of the name: `#2` for its second generation. */
  readonly life: string
  /** Round-trip time of the link. */
  readonly rtt: string
}

function cellParts(observer: ShownPod, member: ShownPod, nowMs: number): CellParts {
  if (observer.name === member.name) return ownCell(observer)
  const nothing = { style: 'faint', age: '', life: '', rtt: '' } as const
  if (!hasProcess(observer)) return { ...nothing, state: '-' }
  const seen = observer.view?.members.find(({ name }) => name === member.name)
  if (seen === undefined) return { ...nothing, state: '.' }
  const rttMs = observer.rttMs[member.name]
  return {
    // What a frozen pod last saw is no news.
    style: observer.status === 'frozen' ? 'faint' : stateStyles[seen.state],
    state: seen.state,
    age: showAge(nowMs - seen.since),
    life: showLife(seen, member),
    rtt: rttMs === undefined || seen.state !== 'alive' ? '' : showMs(rttMs, true),
  }
}

const statusTexts: Readonly<Record<ShownPod['status'], string>> = {
  starting: 'STARTS',
  running: 'UP',
  frozen: 'FROZEN',
  leaving: 'LEAVES',
  left: 'LEFT',
  killed: 'KILLED',
  crashed: 'CRASHED',
}

/** Of itself a pod's row shows what was done to it, and what it says of its own situation. */
function ownCell(pod: ShownPod): CellParts {
  const cut = pod.cut && hasProcess(pod)
  const frozen = pod.status === 'frozen'
  const state = cut && !frozen ? 'CUT OFF' : statusTexts[pod.status]
  const life = cut && frozen ? 'cut off' : pod.isolated && hasProcess(pod) ? 'isolated' : ''
  const style = state === 'UP' ? 'plain' : pod.status === 'left' ? 'gone' : 'doubtful'
  return { style, state, age: '', life, rtt: '' }
}

function showLife(seen: SeenMember, member: ShownPod): string {
  const index = member.generations.indexOf(seen.generation)
  return index < 0 ? '#?' : `#${index + 1}`
}

/** Every part, in two lines or, in a narrow cell, three. */
function allLines({ style, state, age, life, rtt }: CellParts, width: number): Span[] {
  const below = (text: string) => span(fit(text, width), 'faint')
  if (width >= WIDE_ENOUGH) return [span(fit(words(state, age), width), style), below(words(life, rtt))]
  return [span(fit(state, width), style), below(words(age, life)), below(rtt)]
}

/** As many parts as fit, the most important first. */
function oneLine({ style, state, life, age, rtt }: CellParts, width: number): Span {
  let text = state
  for (const part of [life === '#1' ? '' : life, rtt, age]) {
    const longer = words(text, part)
    if (longer.length < width) text = longer
  }
  return span(fit(text, width), style)
}

function words(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ')
}
