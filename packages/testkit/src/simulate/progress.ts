// How far a run is: a bar that is drawn over on a terminal, a line for every tenth part elsewhere.

/** What progress is written to. */
export interface Terminal {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** So far. */
export interface Progress {
  readonly done: number
  readonly of: number
  readonly failed: number
  readonly elapsedMs: number
}

const BAR_WIDTH = 30
/** On a terminal, the bar is drawn no more often. */
const REDRAW_MS = 100

/** The bar, fitted into `columns`. */
export function bar({ done, of, failed, elapsedMs }: Progress, columns: number): string {
  const share = done / of
  const left = done === 0 || done === of ? '' : `, ${duration((elapsedMs / done) * (of - done))} left`
  const text = ` ${Math.floor(100 * share)
    .toString()
    .padStart(3)}%  ${done}/${of} seeds, ${failed} failed${left}`
  const width = Math.max(0, Math.min(BAR_WIDTH, columns - text.length - 2))
  const full = Math.floor(width * share)
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}]${text}`.slice(0, columns)
}

/** `42 s`, `3 min 20 s` or `1 h 5 min`. */
export function duration(ms: number): string {
  const s = Math.ceil(ms / 1000)
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`
}

/** Shows progress, and prints lines without tearing the bar. */
export class ProgressBar {
  readonly #terminal: Terminal
  #drawnAt = Number.NEGATIVE_INFINITY
  #tenth = 0
  #bar = ''

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  /** Shows how far it is. */
  show(progress: Progress): void {
    const { done, of, elapsedMs } = progress
    if (!this.#terminal.isTTY) {
      const tenth = Math.floor((10 * done) / of)
      if (tenth > this.#tenth) this.#terminal.write(`${bar(progress, 200)}\n`)
      this.#tenth = tenth
      return
    }
    if (elapsedMs - this.#drawnAt < REDRAW_MS && done < of) return
    this.#drawnAt = elapsedMs
    this.#bar = bar(progress, (this.#terminal.columns || 80) - 1)
    this.#terminal.write(`\r${this.#bar}\x1b[K`)
  }

  /** Prints a line above the bar. */
  line(text: string): void {
    this.#terminal.write(this.#bar === '' ? `${text}\n` : `\r\x1b[K${text}\n${this.#bar}`)
  }

  /** Leaves the bar as it stands; what follows goes below it. */
  end(): void {
    if (this.#bar !== '') this.#terminal.write('\n')
    this.#bar = ''
  }
}
