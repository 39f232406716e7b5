// What clients have written, and whether what they read is possible: each value names its key and counts up, so a read must
// give nothing below what was acknowledged when it began, and nothing above what was sent when it ended.

interface KeyState {
  sent: number
  acknowledged: number
  isBeingWritten: boolean
}

/** A write to be sent. */
export interface Write {
  readonly key: string
  readonly sequence: number
  readonly value: string
}

/** A read that is under way. */
export interface Read {
  readonly key: string
  /** The least that it may give; 0 is nothing at all. */
  readonly least: number
}

/** What must not be: an acknowledged write that is not there, or a value that nobody has written. */
export interface Problem {
  readonly type: 'older' | 'invented'
  readonly text: string
}

export class History {
  readonly #keys = new Map<string, KeyState>()
  readonly #valueBytes: number

  /** Values are filled up to so many bytes. */
  constructor(valueBytes = 0) {
    this.#valueBytes = valueBytes
  }

  /** Keys that have an acknowledged write. */
  get acknowledgedKeys(): string[] {
    return [...this.#keys].flatMap(([key, { acknowledged }]) => (acknowledged > 0 ? key : []))
  }

  /** Throws if the key is being written: two writers at a time have no order to check. */
  beginWrite(key: string): Write {
    const state = this.#state(key)
    if (state.isBeingWritten) throw new Error(`${key} has two writers`)
    state.isBeingWritten = true
    const sequence = ++state.sent
    return { key, sequence, value: this.#value(key, sequence) }
  }

  /** Without an acknowledgement it may have been done, or be done later. */
  endWrite({ key, sequence }: Write, isAcknowledged: boolean): void {
    const state = this.#state(key)
    state.isBeingWritten = false
    if (isAcknowledged) state.acknowledged = sequence
  }

  beginRead(key: string): Read {
    return { key, least: this.#state(key).acknowledged }
  }

  /** @param value what the read gave; undefined: no such key */
  endRead({ key, least }: Read, value: string | undefined): Problem | undefined {
    const sequence = value === undefined ? 0 : this.#sequenceOf(key, value)
    if (sequence === undefined) {
      const { sent } = this.#state(key)
      return { type: 'invented', text: `${key}: ${value?.slice(0, 100)} was read, and ${sent} sent at most` }
    }
    if (sequence >= least) return undefined
    return {
      type: 'older',
      text: `${key}: ${value === undefined ? 'nothing' : sequence} was read after ${least}`,
    }
  }

  /** Undefined for what has never been sent. */
  #sequenceOf(key: string, value: string): number | undefined {
    const sequence = Number(value.split(' ')[1])
    const wasSent = Number.isInteger(sequence) && sequence >= 1 && sequence <= this.#state(key).sent
    return wasSent && value === this.#value(key, sequence) ? sequence : undefined
  }

  #value(key: string, sequence: number): string {
    return `${key} ${sequence} `.padEnd(this.#valueBytes, 'x')
  }

  #state(key: string): KeyState {
    const known = this.#keys.get(key)
    if (known !== undefined) return known
    const state = { sent: 0, acknowledged: 0, isBeingWritten: false }
    this.#keys.set(key, state)
    return state
  }
}
