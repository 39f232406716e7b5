// What clients have written, and whether what they read is possible: each value names its key and counts up, so a read must
// give nothing below what was acknowledged when it began, and nothing above what was sent when it ended. It also names the
// try: of a write that was sent again since it went unanswered, an earlier try may still be done, after later writes even.

interface KeyState {
  sent: number
  /** What was acknowledged, and when: the newest, and those before it that a lease may still give. */
  acknowledged: { readonly sequence: number; readonly atMs: number }[]
  /** By sequence: how often it was tried, where that is more than once; the last try is the one that was answered. */
  tries: Map<number, number> | undefined
  /** Sequence of the last deletion that was sent; 0, since it was not there at the beginning. */
  lastDeletion: number
  isBeingWritten: boolean
}

/** A write to be sent. */
export interface Write {
  readonly key: string
  readonly sequence: number
  readonly isDeletion: boolean
}

/** A read that is under way. */
export interface Read {
  readonly key: string
  /** The least that it may give; 0 is nothing at all. */
  readonly least: number
}

/**
 * What must not be. `older`: an acknowledged write is not there. `late`: so it is, for a try of an earlier write, which its
 * client had given up, has been done after it. `invented`: nobody has written this.
 */
export interface Problem {
  readonly type: 'older' | 'late' | 'invented'
  readonly text: string
}

export interface HistoryOptions {
  /** Values are filled up to so many bytes. Default 0. */
  readonly valueBytes?: number
  /** For so long after a newer one was acknowledged, reads may give the value before it. Default 0: never. */
  readonly leaseMs?: number
  /** Default `performance.now`. */
  readonly now?: () => number
}

export class History {
  readonly #keys = new Map<string, KeyState>()
  readonly #valueBytes: number
  readonly #leaseMs: number
  readonly #now: () => number

  constructor({ valueBytes = 0, leaseMs = 0, now = () => performance.now() }: HistoryOptions = {}) {
    this.#valueBytes = valueBytes
    this.#leaseMs = leaseMs
    this.#now = now
  }

  /** Keys that have an acknowledged write. */
  get acknowledgedKeys(): string[] {
    return [...this.#keys].flatMap(([key, { acknowledged }]) => (acknowledged.length > 0 ? key : []))
  }

  /** Throws if the key is being written: two writers at a time have no order to check. */
  beginWrite(key: string, { isDeletion = false } = {}): Write {
    const state = this.#state(key)
    if (state.isBeingWritten) throw new Error(`${key} has two writers`)
    state.isBeingWritten = true
    const sequence = ++state.sent
    if (isDeletion) state.lastDeletion = sequence
    return { key, sequence, isDeletion }
  }

  /** What a try of a write sends, the first one being 1. */
  beginTry({ key, sequence }: Write, number: number): string {
    const state = this.#state(key)
    if (number > 1) state.tries = (state.tries ?? new Map()).set(sequence, number)
    return this.#value(key, sequence, number)
  }

  /** Without an acknowledgement it may have been done, or be done later. */
  endWrite({ key, sequence }: Write, isAcknowledged: boolean): void {
    const state = this.#state(key)
    state.isBeingWritten = false
    if (isAcknowledged) state.acknowledged.push({ sequence, atMs: this.#now() })
    this.#least(state)
  }

  beginRead(key: string): Read {
    return { key, least: this.#least(this.#state(key)) }
  }

  /** @param value what the read gave; undefined: no such key */
  endRead({ key, least }: Read, value: string | undefined): Problem | undefined {
    const state = this.#state(key)
    const seen = value === undefined ? { sequence: state.lastDeletion, number: 1 } : this.#parse(key, value)
    if (seen === undefined) {
      return {
        type: 'invented',
        text: `${key}: ${value?.slice(0, 100)} was read, and ${state.sent} sent at most`,
      }
    }
    if (seen.sequence >= least) return undefined
    const isGivenUp = seen.number < this.#triesOf(key, seen.sequence)
    const what = value === undefined ? 'nothing' : `${seen.sequence}`
    return { type: isGivenUp ? 'late' : 'older', text: `${key}: ${what} was read after ${least}` }
  }

  /** The newest that was acknowledged before any lease that still holds was given; what is older is forgotten. */
  #least({ acknowledged }: KeyState): number {
    const isOver = (one: { atMs: number } | undefined) =>
      one !== undefined && one.atMs + this.#leaseMs <= this.#now()
    while (isOver(acknowledged[1])) acknowledged.shift()
    return isOver(acknowledged[0]) ? (acknowledged[0]?.sequence ?? 0) : 0
  }

  /** Undefined for what has never been sent. */
  #parse(key: string, value: string): { sequence: number; number: number } | undefined {
    const [sequence = 0, number = 0] = (value.split(' ')[1] ?? '').split('/').map(Number)
    const isWhole = Number.isInteger(sequence) && Number.isInteger(number)
    const wasSent = isWhole && sequence >= 1 && sequence <= this.#state(key).sent
    if (!wasSent || number < 1 || number > this.#triesOf(key, sequence)) return undefined
    return value === this.#value(key, sequence, number) ? { sequence, number } : undefined
  }

  #triesOf(key: string, sequence: number): number {
    return this.#state(key).tries?.get(sequence) ?? 1
  }

  #value(key: string, sequence: number, number: number): string {
    return `${key} ${sequence}/${number} `.padEnd(this.#valueBytes, 'x')
  }

  #state(key: string): KeyState {
    const known = this.#keys.get(key)
    if (known !== undefined) return known
    const state: KeyState = {
      sent: 0,
      acknowledged: [],
      tries: undefined,
      lastDeletion: 0,
      isBeingWritten: false,
    }
    this.#keys.set(key, state)
    return state
  }
}
