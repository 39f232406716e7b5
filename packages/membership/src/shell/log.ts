// Log lines to a pino-shaped logger: at most one line a minute per kind and peer, a bounded number per kind whatever peers
// there are, and a logger that throws hurts nobody.
import type { Clock } from './clock.ts'

/** The part of a pino logger that is used; `console` fits too, with the order of arguments it has. */
export interface Logger {
  debug(fields: object, text: string): void
  info(fields: object, text: string): void
  warn(fields: object, text: string): void
  error(fields: object, text: string): void
}

/** How serious a line is. */
export type LogLevel = keyof Logger

const QUIET_MS = 60_000
/** Most (kind, peer, topic) remembered; past that the oldest are forgotten, and may be logged again early. */
const MAX_REMEMBERED = 1024

/** Most lines of one kind in a minute: who comes from ever new addresses fills no disk. */
const MAX_PER_KIND = 256

/** What else a line is about. */
export interface About {
  readonly topic?: string
  readonly err?: unknown
}

/** Writes lines about peers, with a limit on their number. */
export class PeerLog {
  readonly #logger: Logger | undefined
  readonly #clock: Pick<Clock, 'now'>
  readonly #lastAt = new Map<string, number>()
  /** How many lines of each kind there were since when. */
  readonly #kinds = new Map<string, { since: number; lines: number }>()

  constructor(logger: Logger | undefined, clock: Pick<Clock, 'now'>) {
    this.#logger = logger
    this.#clock = clock
  }

  /**
   * One line about one peer, and one `topic` of it, unless there was one of this kind about these within the last minute;
   * `err` is its error.
   */
  about(level: LogLevel, kind: string, peer: string, text: string, more: About = {}): void {
    if (this.#logger === undefined) return
    const key = more.topic === undefined ? `${kind} ${peer}` : `${kind} ${peer} ${more.topic}`
    const now = this.#clock.now()
    const last = this.#lastAt.get(key)
    if (last !== undefined && now - last < QUIET_MS) return
    const lines = this.#countLine(kind, now)
    // What is left out is not remembered: it takes nobody's place.
    if (lines > MAX_PER_KIND) return
    this.#remember(key, now)
    this.write(level, { kind, peer, ...more }, text)
    if (lines < MAX_PER_KIND) return
    this.write(
      'warn',
      { kind },
      `${lines} lines of ${kind} within a minute: further ones are left out until it is over`,
    )
  }

  #remember(key: string, now: number): void {
    this.#lastAt.delete(key)
    this.#lastAt.set(key, now)
    if (this.#lastAt.size <= MAX_REMEMBERED) return
    for (const oldest of this.#lastAt.keys()) {
      this.#lastAt.delete(oldest)
      break
    }
  }

  #countLine(kind: string, now: number): number {
    let counted = this.#kinds.get(kind)
    if (counted === undefined || now - counted.since >= QUIET_MS) {
      counted = { since: now, lines: 0 }
      this.#kinds.set(kind, counted)
    }
    return ++counted.lines
  }

  /** One line, always. */
  write(level: LogLevel, fields: object, text: string): void {
    try {
      this.#logger?.[level](fields, text)
    } catch {
      // A logger that fails must not take the cluster with it, and there is nobody else to tell.
    }
  }
}
