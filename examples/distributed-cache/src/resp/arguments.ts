// The arguments of a command, as a client has sent them.
import { isUtf8 } from 'node:buffer'
import { ErrorReply } from './reply.ts'

/** One command, its name first. */
export interface Arguments {
  readonly count: number
  /** Bytes of all of them. */
  readonly bytes: number
  /** An argument, not a copy. It is good until the next command is parsed: copy what has to stay. */
  at(index: number): Uint8Array
  /** An argument as text. Throws ErrorReply if it is not UTF-8: keys are texts. */
  text(index: number): string
  /** Whether an argument is this text, of ASCII. */
  is(index: number, text: string): boolean
  /** The same, for longer. */
  keep(): Arguments
}

/** Arguments that stay. */
export class KeptArguments implements Arguments {
  readonly count: number
  readonly bytes: number
  readonly #list: readonly Buffer[]

  /** @param list buffers of its own, not places in a chunk */
  constructor(list: readonly Buffer[]) {
    this.#list = list
    this.count = list.length
    this.bytes = list.reduce((sum, { length }) => sum + length, 0)
  }

  at(index: number): Uint8Array {
    return this.#list[index] as Buffer
  }

  text(index: number): string {
    const bytes = this.#list[index] as Buffer
    return textOf(bytes, 0, bytes.length)
  }

  is(index: number, text: string): boolean {
    const bytes = this.#list[index] as Buffer
    return isText(bytes, 0, bytes.length, text)
  }

  keep(): Arguments {
    return this
  }
}

/** A part of a buffer as text. Most keys are ASCII, where Latin 1 is the same and faster than UTF-8. */
export function textOf(buffer: Buffer, from: number, to: number): string {
  for (let at = from; at < to; at++) {
    if ((buffer[at] as number) < 128) continue
    if (isUtf8(buffer.subarray(from, to))) return buffer.toString('utf8', from, to)
    throw new ErrorReply('ERR the argument is not UTF-8: keys and options are texts')
  }
  return buffer.toString('latin1', from, to)
}

/** Whether a part of a buffer is this text, of ASCII: sooner known than what text it is. */
export function isText(buffer: Buffer, from: number, to: number, text: string): boolean {
  const { length } = text
  if (to - from !== length) return false
  for (let at = 0; at < length; at++) if (buffer[from + at] !== text.charCodeAt(at)) return false
  return true
}

/** The arguments from one on, as texts. */
export function textsFrom(args: Arguments, first: number): string[] {
  return Array.from({ length: args.count - first }, (_, index) => args.text(first + index))
}
