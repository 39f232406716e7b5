// What a command is answered with, as data; encoder.ts writes it.

/** Characters of an argument that an error tells. */
export const MAX_SHOWN = 128

/** A status such as OK: a line, known beforehand. */
export class Status {
  readonly encoded: Buffer

  constructor(text: string) {
    this.encoded = Buffer.from(`+${text}\r\n`)
  }
}

/** An error: its first word is what programs tell errors apart by. */
export class ErrorReply extends Error {}

/** A Uint8Array, or a text of Latin-1, a character for each byte, is a bulk string; null says that there is none; numbers are integers. */
export type Reply = Uint8Array | string | null | number | bigint | Status | ErrorReply | readonly Reply[]

export const OK = new Status('OK')

export const syntaxError = new ErrorReply('ERR syntax error')
export const notAnInteger = new ErrorReply('ERR value is not an integer or out of range')

export function wrongNumberOfArguments(command: string): ErrorReply {
  return new ErrorReply(`ERR wrong number of arguments for '${command}' command`)
}

/** What an error tells of an argument, which may be long. */
export function shown(text: string): string {
  return text.slice(0, MAX_SHOWN)
}

/** A text as a bulk string. */
export function bulk(text: string): Uint8Array {
  return Buffer.from(text)
}

/** About how many bytes it takes; exact for what is long. */
export function sizeOf(reply: Reply): number {
  if (reply instanceof Uint8Array || typeof reply === 'string') return reply.length + 16
  if (Array.isArray(reply)) return reply.reduce((sum: number, item: Reply) => sum + sizeOf(item), 16)
  return 32
}
