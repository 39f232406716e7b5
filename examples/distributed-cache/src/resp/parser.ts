// Commands from bytes as they come: arrays of bulk strings, as clients send them, and lines, as people type them.
// While a command is whole in one chunk, nothing is copied: it is handed out as places in the chunk.
import { type Arguments, isText, KeptArguments, textOf } from './arguments.ts'
import { splitLine } from './inline.ts'
import {
  MAX_ARGUMENT_COUNT,
  MAX_ARGUMENTS,
  MAX_BULK_LENGTH,
  MAX_COMMAND_BYTES,
  MAX_INLINE_BYTES,
} from './limits.ts'
import { ErrorReply } from './reply.ts'

/** The client does not speak the protocol, and nobody knows where its next command would begin. */
export class ProtocolError extends Error {
  constructor(message: string) {
    super(`Protocol error: ${message}`)
  }
}

const CR = 13
const LF = 10
const DOLLAR = 36
const ASTERISK = 42
const MINUS = 45
const ZERO = 48
const NINE = 57
/** More make no length. */
const MAX_DIGITS = 20
/** An integer that is not whole yet. */
const INCOMPLETE = Number.MIN_SAFE_INTEGER
const CRLF_BYTES = 2
/** Node reads no more from a socket at a time. */
const CHUNK_BYTES = 64 * 1024
const NOTHING: Buffer = Buffer.alloc(0)

export class CommandParser implements Arguments {
  count = 0
  bytes = 0
  readonly #maxBulkBytes: number
  #buffer = NOTHING
  #end = 0
  /** Where the present command begins; places are counted from here. */
  #start = 0
  /** How far it is parsed. */
  #at = 0
  /** Begin and end of each argument; what lies beyond is of earlier commands. */
  readonly #places: number[] = []
  /** Arguments that are still to come; 0 between commands. */
  #missing = 0
  /** Bytes of the next argument that are still to come, its CRLF included; 0 if its head comes first. */
  #wanted = 0
  /** Why the present command is read over. */
  #refusal: ErrorReply | undefined

  /** @param maxBulkBytes a command with a longer argument is read over and refused */
  constructor(maxBulkBytes: number) {
    this.#maxBulkBytes = maxBulkBytes
  }

  /** Whether a command has begun that is not whole; good once `next` has found nothing. */
  get isInMidst(): boolean {
    return this.#missing > 0 || this.#start < this.#end
  }

  /** What it holds on to. */
  get heldBytes(): number {
    return this.#buffer.length
  }

  /** What it holds on to when the present argument is whole, if its length is known; else 0. */
  get neededBytes(): number {
    return this.#wanted > 0 && this.#refusal === undefined ? this.#at - this.#start + this.#wanted : 0
  }

  /** Lets go of the bytes of commands that have been handed out, unless there are more. */
  release(): void {
    if (this.#missing === 0 && this.#at >= this.#end) this.clear()
  }

  /** Takes bytes. They are copied only if a command began before them. */
  push(chunk: Buffer): void {
    const rest = this.#end - this.#start
    if (rest === 0) {
      this.#at = 0
      this.#start = 0
      this.#end = chunk.length
      this.#buffer = chunk
      return
    }
    if (this.#end + chunk.length > this.#buffer.length) this.#move(rest, chunk.length)
    chunk.copy(this.#buffer, this.#end)
    this.#end += chunk.length
  }

  /**
   * The next command, good until the next call; an error if one was read over; undefined if none is whole yet.
   * Throws ProtocolError.
   */
  next(): Arguments | ErrorReply | undefined {
    if (this.#missing === 0) {
      this.count = 0
      this.bytes = 0
      const line = this.#parseHead()
      if (line !== undefined) return line
    }
    if (this.#missing === 0) return undefined
    while (this.#missing > 0) if (!this.#parseBulk()) return undefined
    const refusal = this.#refusal
    this.#refusal = undefined
    return refusal ?? this
  }

  /** Lets go of the bytes that it has. */
  clear(): void {
    this.#buffer = NOTHING
    this.#start = 0
    this.#at = 0
    this.#end = 0
  }

  at(index: number): Uint8Array {
    const start = this.#start
    const from = this.#places[2 * index] as number
    return this.#buffer.subarray(start + from, start + (this.#places[2 * index + 1] as number))
  }

  text(index: number): string {
    const start = this.#start
    const from = this.#places[2 * index] as number
    return textOf(this.#buffer, start + from, start + (this.#places[2 * index + 1] as number))
  }

  is(index: number, text: string): boolean {
    const start = this.#start
    const from = this.#places[2 * index] as number
    return isText(this.#buffer, start + from, start + (this.#places[2 * index + 1] as number), text)
  }

  keep(): Arguments {
    return new KeptArguments(Array.from({ length: this.count }, (_, index) => Buffer.from(this.at(index))))
  }

  /**
   * Moves what is left to a buffer with room for more: for twice as much, so that small chunks are not copied often, but for no
   * more than the last argument, whose length is known, and the chunk that ends it.
   */
  #move(rest: number, more: number): void {
    const isLast = this.#missing === 1 && this.#wanted > 0
    const announced = isLast ? this.#at - this.#start + this.#wanted + CHUNK_BYTES : 0
    const twice = 2 * (rest + more)
    const buffer = Buffer.allocUnsafeSlow(announced >= rest + more ? Math.min(announced, twice) : twice)
    this.#buffer.copy(buffer, 0, this.#start, this.#end)
    this.#buffer = buffer
    this.#at -= this.#start
    this.#start = 0
    this.#end = rest
  }

  /** Begins the next command that is not empty: says how many arguments are missing, or returns a whole line. */
  #parseHead(): Arguments | undefined {
    while (this.#at < this.#end) {
      this.#start = this.#at
      if (this.#buffer[this.#at] !== ASTERISK) {
        const line = this.#parseLine()
        if (line === undefined || line.count > 0) return line
        continue
      }
      const count = this.#parseInteger('invalid multibulk length')
      if (count === INCOMPLETE) return undefined
      if (count > MAX_ARGUMENT_COUNT) throw new ProtocolError('invalid multibulk length')
      if (count <= 0) continue
      this.#missing = count
      if (count > MAX_ARGUMENTS) this.#refuse(`more than ${MAX_ARGUMENTS} arguments in one command`)
      return undefined
    }
    this.clear()
    return undefined
  }

  #parseLine(): Arguments | undefined {
    const found = this.#buffer.indexOf(LF, this.#at)
    const isWhole = found >= 0 && found < this.#end
    const end = isWhole ? found : this.#end
    if (end - this.#at > MAX_INLINE_BYTES) throw new ProtocolError('too big inline request')
    if (!isWhole) return undefined
    const words = splitLine(this.#buffer.subarray(this.#at, end))
    if (words === undefined) throw new ProtocolError('unbalanced quotes in request')
    this.#at = end + 1
    this.#start = this.#at
    return new KeptArguments(words)
  }

  /** The next argument; false if it is not whole. */
  #parseBulk(): boolean {
    if (this.#wanted === 0 && !this.#parseBulkHead()) return false
    if (this.#refusal !== undefined) return this.#readOver()
    const end = this.#at + this.#wanted
    if (end > this.#end) return false
    if (this.#buffer[end - 2] !== CR || this.#buffer[end - 1] !== LF) {
      throw new ProtocolError('a bulk does not end where its length says')
    }
    this.#places[2 * this.count] = this.#at - this.#start
    this.#places[2 * this.count + 1] = end - CRLF_BYTES - this.#start
    this.count++
    this.#at = end
    this.#wanted = 0
    this.#missing--
    return true
  }

  #parseBulkHead(): boolean {
    if (this.#at === this.#end) return false
    const first = this.#buffer[this.#at] as number
    if (first !== DOLLAR) throw new ProtocolError(`expected '$', got '${String.fromCharCode(first)}'`)
    const length = this.#parseInteger('invalid bulk length')
    if (length === INCOMPLETE) return false
    if (length < 0 || length > MAX_BULK_LENGTH) throw new ProtocolError('invalid bulk length')
    this.#wanted = length + CRLF_BYTES
    this.bytes += length
    if (length > this.#maxBulkBytes) this.#refuse(`an argument is longer than ${this.#maxBulkBytes} bytes`)
    else if (this.bytes > MAX_COMMAND_BYTES)
      this.#refuse(`the command is longer than ${MAX_COMMAND_BYTES} bytes`)
    return true
  }

  #refuse(why: string): void {
    this.#refusal ??= new ErrorReply(`ERR ${why}`)
    this.#start = this.#at
  }

  /** Leaves behind what there is of an argument. */
  #readOver(): boolean {
    const taken = Math.min(this.#wanted, this.#end - this.#at)
    this.#wanted -= taken
    this.#at += taken
    this.#start = this.#at
    if (this.#wanted > 0) return false
    this.#missing--
    return true
  }

  /** The integer after the byte at which parsing is, if its line is whole; only then it goes on after it. */
  #parseInteger(problem: string): number {
    const buffer = this.#buffer
    const end = this.#end
    const isNegative = this.#at + 1 < end && buffer[this.#at + 1] === MINUS
    const first = this.#at + (isNegative ? 2 : 1)
    let value = 0
    for (let at = first; at < end; at++) {
      const byte = buffer[at] as number
      if (byte >= ZERO && byte <= NINE && at - first < MAX_DIGITS) {
        value = value * 10 + byte - ZERO
        continue
      }
      if (byte !== CR || at === first) throw new ProtocolError(problem)
      if (at + 1 === end) return INCOMPLETE
      if (buffer[at + 1] !== LF) throw new ProtocolError(problem)
      this.#at = at + 2
      return isNegative ? -value : value
    }
    return INCOMPLETE
  }
}
