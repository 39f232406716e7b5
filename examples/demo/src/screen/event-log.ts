// The log of the live view: what was done, and below it when each pod noticed, in milliseconds from then. Events of
// several pods about one member share a line.
import type { Action, ActionType } from '../cluster/playground.ts'
import type { ChangeReport } from '../reports.ts'
import { type Line, type Style, span } from './paint.ts'
import { showMs } from './units.ts'

interface Noticed {
  readonly type: 'noticed'
  readonly since: Action
  readonly text: string
  readonly style: Style
  readonly by: { readonly observer: string; readonly ms: number }[]
}

type Entry =
  | Noticed
  | { readonly type: 'done'; readonly action: Action; readonly clock: string }
  | { readonly type: 'note'; readonly text: string; readonly style: Style }

const MOST_ENTRIES = 500

const actionTexts: Readonly<Record<ActionType, string>> = {
  start: 'started',
  kill: 'killed (SIGKILL)',
  freeze: 'frozen (SIGSTOP)',
  thaw: 'thawed (SIGCONT)',
  leave: 'asked to leave (SIGTERM)',
  restart: 'restarted at a new address',
  cut: 'cut off from the others',
  rejoin: 'can be reached again',
}

const changeTexts: Partial<Record<ChangeReport['change'], { readonly text: string; readonly style: Style }>> =
  {
    'member-joined': { text: 'joined', style: 'good' },
    'member-suspected': { text: 'suspect', style: 'doubtful' },
    'member-recovered': { text: 'alive again', style: 'good' },
    'member-restarted': { text: 'restarted', style: 'good' },
    'member-leaving': { text: 'leaving', style: 'gone' },
    'member-left': { text: 'left', style: 'gone' },
    'member-failed': { text: 'failed', style: 'bad' },
    superseded: { text: 'superseded', style: 'bad' },
  }

/** The log. */
export class EventLog {
  readonly #entries: Entry[] = []
  readonly #lastOf = new Map<string, Action>()
  #last: Action | undefined

  /** Something was done to a pod. `clock`: the time of day to show. */
  did(action: Action, clock: string): void {
    this.#lastOf.set(action.pod, action)
    this.#last = action
    this.#push({ type: 'done', action, clock })
  }

  /** A pod noticed something. */
  noticed(observer: string, report: ChangeReport): void {
    const told = describe(observer, report)
    const since = this.#cause(observer, report.about)
    if (told === undefined || since === undefined) return
    const ms = Math.max(0, report.atMs - since.atMs)
    const line = this.#entries.findLast(
      (entry): entry is Noticed =>
        entry.type === 'noticed' && entry.since === since && entry.text === told.text,
    )
    if (line === undefined) this.#push({ type: 'noticed', since, ...told, by: [{ observer, ms }] })
    else if (!line.by.some((mark) => mark.observer === observer)) line.by.push({ observer, ms })
  }

  /** Anything else worth a line. */
  note(text: string, style: Style = 'plain'): void {
    this.#push({ type: 'note', text, style })
  }

  /** The last lines, oldest first. */
  lines(count: number): Line[] {
    return count <= 0 ? [] : this.#entries.slice(-count).map(toLine)
  }

  /** The action that an event comes of, most likely: the last one on either of the two pods. */
  #cause(observer: string, about: string | undefined): Action | undefined {
    const candidates = [this.#lastOf.get(about ?? observer), this.#lastOf.get(observer)]
    const [first, second] = candidates
    if (first === undefined || second === undefined) return first ?? second ?? this.#last
    return first.atMs >= second.atMs ? first : second
  }

  #push(entry: Entry): void {
    this.#entries.push(entry)
    if (this.#entries.length > MOST_ENTRIES) this.#entries.shift()
  }
}

function describe(observer: string, report: ChangeReport): { text: string; style: Style } | undefined {
  if (report.change === 'isolated') {
    return report.isolated
      ? { text: `${observer} isolated`, style: 'doubtful' }
      : { text: `${observer} no more isolated`, style: 'good' }
  }
  const known = changeTexts[report.change]
  return known === undefined ? undefined : { ...known, text: `${report.about ?? observer} ${known.text}` }
}

function toLine(entry: Entry): Line {
  if (entry.type === 'note') return [span(entry.text, entry.style)]
  if (entry.type === 'done') {
    const { action, clock } = entry
    return [span(`${clock} `, 'faint'), span(`${action.pod} ${actionTexts[action.type]}`, 'strong')]
  }
  const lastMs = Math.max(...entry.by.map(({ ms }) => ms))
  const marks = entry.by.map(({ observer, ms }) => `${observer} ${showMs(ms).replace(' ms', '')}`)
  return [
    span(showMs(lastMs).padStart(10)),
    span(`  ${entry.text}`, entry.style),
    span(`  for ${marks.join(', ')}`, 'faint'),
  ]
}
