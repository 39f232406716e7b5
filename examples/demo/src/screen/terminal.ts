// The terminal: takes it over, draws frames by changed lines only, and gives it back as it was, however we end.
import { writeSync } from 'node:fs'
import { type Line, paint } from './paint.ts'

// Alternate screen, no cursor, no wrapping at the right edge; and back.
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J'
const LEAVE = '\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l'

/** What a terminal tells. */
export interface TerminalHandlers {
  /** Something was typed. */
  readonly input: (text: string) => void
  /** The size has changed. */
  readonly resized: () => void
  /** The terminal is gone. */
  readonly ended: () => void
}

/** A terminal in our hands. */
export class Terminal {
  readonly #color = process.env.NO_COLOR === undefined || process.env.NO_COLOR === ''
  readonly #restore = () => this.close()
  #drawn: string[] = []
  #open = true

  constructor(handlers: TerminalHandlers) {
    const { stdin, stdout } = process
    process.on('exit', this.#restore)
    stdin.setRawMode(true).setEncoding('utf8').resume()
    stdin.on('data', (text) => handlers.input(String(text)))
    for (const event of ['end', 'close', 'error']) stdin.on(event, handlers.ended)
    stdout.on('error', handlers.ended)
    stdout.on('resize', () => {
      this.redraw()
      handlers.resized()
    })
    stdout.write(ENTER)
  }

  get columns(): number {
    return process.stdout.columns || 80
  }

  get rows(): number {
    return process.stdout.rows || 24
  }

  /** Shows a frame: one write of the lines that differ from the last one; none while an earlier write is pending. */
  draw(frame: readonly Line[]): void {
    if (!this.#open || process.stdout.writableNeedDrain) return
    const lines = frame.map((line) => paint(line, this.#color))
    const changes = lines.flatMap((text, row) =>
      text === this.#drawn[row] ? [] : `\x1b[${row + 1};1H${text}\x1b[K`,
    )
    this.#drawn = lines
    if (changes.length > 0) process.stdout.write(changes.join(''))
  }

  /** Makes the next frame be drawn as a whole. */
  redraw(): void {
    this.#drawn = []
    if (this.#open) process.stdout.write('\x1b[2J')
  }

  /** Gives the terminal back; at once, so that it can be the last thing we do. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    process.off('exit', this.#restore)
    try {
      process.stdin.setRawMode(false).pause()
      writeSync(process.stdout.fd, LEAVE)
    } catch {
      // It is gone already.
    }
  }
}
