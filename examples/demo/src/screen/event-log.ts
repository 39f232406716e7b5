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
  /** The other ends: who noticed it, or about whom. */
  readonly marks: { readonly pod: string; readonly ms: number }[]
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
  /** Actions that have not yet come to their end in all views, the newest for each pod. */
  readonly #open = new Map<string, Action>()
  #last: Action | undefined

  /** Something was done to a pod. `clock`: the time of day to show. */
  did(action: Action, clock: string): void {
    this.#open.set(action.pod, action)
    this.#last = action
    this.#push({ type: 'done', action, clock })
  }

  /** A pod noticed something. */
  noticed(observer: string, report: ChangeReport): void {
    const known = changeTexts[report.change]
    const since = this.#cause(observer, report.about)
    if (since === undefined) return
    const ms = Math.max(0, report.atMs - since.atMs)
    if (report.change === 'isolated') {
      const text = `${observer} ${report.isolated ? 'calls itself isolated' : 'hears somebody again'}`
      this.#mark({ since, text, style: report.isolated ? 'doubtful' : 'good' }, { pod: observer, ms })
    } else if (known !== undefined && report.about !== undefined && since.pod === observer) {
      const text = `${observer} sees ${known.text}`
      this.#mark({ since, text, style: known.style }, { pod: report.about, ms })
    } else if (known !== undefined) {
      const text = `${report.about ?? observer} ${known.text}`
      this.#mark({ since, text, style: known.style }, { pod: observer, ms })
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

  /** The last lines, oldest first. */
  lines(count: number): Line[] {
    return count <= 0 ? [] : this.#entries.slice(-count).map(toLine)
  }

  /** The action that an event comes of, most likely: one on either of the two pods that is not settled yet. */
  #cause(observer: string, about = observer): Action | undefined {
    const open = [this.#open.get(about), this.#open.get(observer)].filter((action) => action !== undefined)
    return open.sort((a, b) => b.atMs - a.atMs)[0] ?? this.#last
  }

  #mark(what: Pick<Noticed, 'since' | 'text' | 'style'>, mark: Noticed['marks'][0]): void {
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
}

function toLine(entry: Entry): Line {
  if (entry.type === 'note') return [span(entry.text, entry.style)]
  if (entry.type === 'done') {
    const { action, clock } = entry
    return [span(`${clock} `, 'faint'), span(`${action.pod} ${actionTexts[action.type]}`, 'strong')]
  }
  const lastMs = Math.max(...entry.marks.map(({ ms }) => ms))
  // Pods by their digit, so that eight fit.
  const marks = entry.marks.map(
    ({ pod, ms }) => `${pod.replace('pod-', '')}: ${showMs(ms).replace(' ms', '')}`,
  )
  return [
    span(showMs(lastMs).padStart(10)),
    span(`  ${entry.text}`.padEnd(20), entry.style),
    span(`  ${marks.join('  ')}`, 'faint'),
  ]
}
