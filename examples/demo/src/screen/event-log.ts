// The log of the live view: what was done, and below it when each pod noticed, in milliseconds from then. Events of
// several pods about one member share a line. A pod that starts is timed from its call of join: before that, Node loads.
import type { Action, ActionType } from '../cluster/playground.ts'
import type { ChangeReport } from '../reports.ts'
import { type Line, type Style, span, words, wrapLine } from './paint.ts'
import { showMs } from './units.ts'

interface Noticed {
  readonly type: 'noticed'
  readonly since: Action
  readonly text: string
  readonly style: Style
  /** What the marks are: pods that noticed it, or pods that one pod noticed. */
  readonly marksAre: 'observers' | 'members' | 'not shown'
  /** Whether it is timed from the call of join of the pod that was started, not from the action. */
  readonly isFromJoin: boolean
  readonly marks: { readonly pod: string; readonly atMs: number }[]
}

type Entry =
  | Noticed
  | { readonly type: 'done'; readonly action: Action; readonly clock: string }
  | { readonly type: 'note'; readonly text: string; readonly style: Style }

const MOST_ENTRIES = 500
/** Where a line goes on that is longer than the screen is wide: below its text. */
const INDENT = 12

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

interface ChangeText {
  /** After the name of the member. */
  readonly text: string
  /** After the name of the pod that sees others so. */
  readonly verb: string
  readonly style: Style
}

const changeTexts: Partial<Record<ChangeReport['change'], ChangeText>> = {
  'member-joined': { text: 'joined', verb: 'finds', style: 'good' },
  'member-suspected': { text: 'suspect', verb: 'suspects', style: 'doubtful' },
  'member-recovered': { text: 'alive again', verb: 'hears again', style: 'good' },
  'member-restarted': { text: 'restarted', verb: 'finds restarted', style: 'good' },
  'member-leaving': { text: 'leaving', verb: 'sees leaving', style: 'gone' },
  'member-left': { text: 'left', verb: 'sees gone', style: 'gone' },
  'member-failed': { text: 'failed', verb: 'calls failed', style: 'bad' },
  superseded: { text: 'superseded', verb: 'calls superseded', style: 'bad' },
}

// What follows from the end of a life; all else follows from its beginning.
const endings: readonly ChangeReport['change'][] = [
  'member-suspected',
  'member-leaving',
  'member-left',
  'member-failed',
  'superseded',
]

/** The log. */
export class EventLog {
  readonly #entries: Entry[] = []
  /** Actions that have not yet come to their end in all views, the newest for each pod. */
  readonly #open = new Map<string, Action>()
  /** When the pods that actions started called join. */
  readonly #joinedAtMs = new WeakMap<Action, number>()
  #last: Action | undefined

  /** Something was done to a pod. `clock`: the time of day to show. */
  did(action: Action, clock: string): void {
    this.#open.set(action.pod, action)
    this.#last = action
    this.#push({ type: 'done', action, clock })
  }

  /** The process of a pod that was started is up and calls join. */
  joining(pod: string, atMs: number): void {
    const action = this.#open.get(pod)
    if (action !== undefined) this.#joinedAtMs.set(action, atMs)
  }

  /** A pod noticed something. */
  noticed(observer: string, report: ChangeReport): void {
    const known = changeTexts[report.change]
    const since = this.#cause(observer, report.about)
    if (since === undefined) return
    const { atMs, change, about = observer } = report
    const timing = { since, isFromJoin: !endings.includes(change) }
    if (change === 'isolated') {
      const text = `${observer} ${report.isolated ? 'calls itself isolated' : 'hears somebody again'}`
      const style = report.isolated ? 'doubtful' : 'good'
      this.#mark({ ...timing, text, style, marksAre: 'not shown' }, { pod: observer, atMs })
    } else if (known !== undefined && about !== observer && since.pod === observer) {
      const text = `${observer} ${known.verb}`
      this.#mark({ ...timing, text, style: known.style, marksAre: 'members' }, { pod: about, atMs })
    } else if (known !== undefined) {
      const text = `${about} ${known.text}`
      this.#mark({ ...timing, text, style: known.style, marksAre: 'observers' }, { pod: observer, atMs })
    }
  }

  /** All views have become as they must: what comes now belongs to the last action. */
  agreed(text: string): void {
    this.#open.clear()
    this.note(text, 'strong')
  }

  /** Anything else worth a line. */
  note(text: string, style: Style = 'plain'): void {
    this.#push({ type: 'note', text, style })
  }

  /** The last lines, oldest first; what is longer than `width` goes on in another line. */
  lines(count: number, width: number): Line[] {
    if (count <= 0) return []
    const entries = this.#entries.slice(-count)
    return entries.flatMap((entry) => wrapLine(this.#toLine(entry), width, INDENT)).slice(-count)
  }

  /** The action that an event comes of, most likely: one on either of the two pods that is not settled yet. */
  #cause(observer: string, about = observer): Action | undefined {
    const open = [this.#open.get(about), this.#open.get(observer)].filter((action) => action !== undefined)
    return open.sort((a, b) => b.atMs - a.atMs)[0] ?? this.#last
  }

  #mark(what: Omit<Noticed, 'type' | 'marks'>, mark: Noticed['marks'][0]): void {
    const line = this.#entries.findLast(
      (entry): entry is Noticed =>
        entry.type === 'noticed' && entry.since === what.since && entry.text === what.text,
    )
    if (line === undefined) this.#push({ type: 'noticed', ...what, marks: [mark] })
    else if (!line.marks.some(({ pod }) => pod === mark.pod)) line.marks.push(mark)
  }

  #push(entry: Entry): void {
    this.#entries.push(entry)
    if (this.#entries.length > MOST_ENTRIES) this.#entries.shift()
  }

  #toLine(entry: Entry): Line {
    if (entry.type === 'note') return words(entry.text, entry.style)
    if (entry.type === 'noticed') return this.#noticedLine(entry)
    const { action, clock } = entry
    const joinedAtMs = this.#joinedAtMs.get(action)
    const later = joinedAtMs === undefined ? undefined : showMs(joinedAtMs - action.atMs)
    return [
      span(`${clock} `, 'faint'),
      ...words(`${action.pod} ${actionTexts[action.type]}`, 'strong'),
      ...(later === undefined ? [] : words(`, called join ${later} later (= 0 ms)`, 'faint')),
    ]
  }

  #noticedLine({ since, isFromJoin, text, style, marksAre, marks }: Noticed): Line {
    const startMs = (isFromJoin ? this.#joinedAtMs.get(since) : undefined) ?? since.atMs
    const timed = marks.map(({ pod, atMs }) => ({ pod, ms: Math.max(0, atMs - startMs) }))
    const line = [
      span(showMs(Math.max(...timed.map(({ ms }) => ms))).padStart(10)),
      span(`  ${text}`.padEnd(20), style),
    ]
    if (marksAre === 'not shown') return line
    // Pods by their digit, so that four fit beside the text.
    const shown = timed.map(({ pod, ms }) => `  ${pod.replace('pod-', '')}: ${showMs(ms).replace(' ms', '')}`)
    return [
      ...line,
      span(marksAre === 'members' ? '  pods' : '  seen by', 'faint'),
      ...shown.map((mark) => span(mark, 'faint')),
    ]
  }
}
