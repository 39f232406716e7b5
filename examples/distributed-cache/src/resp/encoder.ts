// Replies as bytes. One encoder serves all connections: what is encoded within a turn is taken out before it ends, so
// that a connection has one buffer to write for many replies.
import { copyBytes, copyText } from '../copy-bytes.ts'
import { ErrorReply, type Reply, Status } from './reply.ts'

const BUFFER_BYTES = 64 * 1024
/** Longer values go to the socket as they are, others are copied. */
const LONG_BYTES = 16 * 1024
/** Longer texts are made bytes first. */
const SHORT_TEXT = 1024
/** The longest line: an integer or the head of a bulk. */
const LINE_BYTES = 32
const CR = 13
const LF = 10
const DOLLAR = 36
const ASTERISK = 42
const COLON = 58
const ZERO = 48
const NONE = Buffer.from('$-1\r\n')
const CRLF = Buffer.from('\r\n')

export class ReplyEncoder {
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  #length = 0
  #chunks: Uint8Array[] = []
  #chunkBytes = 0

  /** Bytes that wait to be taken. */
  get bytes(): number {
    return this.#chunkBytes + this.#length
  }

  add(reply: Reply): void {
    if (reply === null) this.#bytes(NONE)
    else if (typeof reply === 'string') this.#text(reply)
    else if (reply instanceof Uint8Array) this.#bulk(reply)
    else if (typeof reply === 'number') this.#line(COLON, reply)
    else if (typeof reply === 'bigint') this.#bytes(Buffer.from(`:${reply}\r\n`))
    else if (reply instanceof Status) this.#bytes(reply.encoded)
    else if (reply instanceof ErrorReply) this.#bytes(encodeError(reply))
    else {
      this.#line(ASTERISK, reply.length)
      for (const item of reply) this.add(item)
    }
  }

  /** All that was added since the last time. What is short is in one buffer, and all of it may be kept. */
  take(): readonly Uint8Array[] {
    this.#seal()
    const chunks = this.#chunks
    this.#chunks = []
    this.#chunkBytes = 0
    return chunks
  }

  #bulk(value: Uint8Array): void {
    this.#line(DOLLAR, value.length)
    this.#bytes(value)
    this.#bytes(CRLF)
  }

  #text(value: string): void {
    const { length } = value
    if (length > SHORT_TEXT) {
      this.#bulk(Buffer.from(value, 'latin1'))
      return
    }
    this.#line(DOLLAR, length)
    this.#reserve(length)
    copyText(value, this.#buffer, this.#length)
    this.#length += length
    this.#bytes(CRLF)
  }

  #bytes(bytes: Uint8Array): void {
    const { length } = bytes
    if (length > LONG_BYTES) {
      this.#seal()
      this.#chunks.push(bytes)
      this.#chunkBytes += length
      return
    }
    this.#reserve(length)
    copyBytes(bytes, this.#buffer, this.#length)
    this.#length += length
  }

  /** A whole number after its type. */
  #line(type: number, value: number): void {
    this.#reserve(LINE_BYTES)
    const buffer = this.#buffer
    let at = this.#length
    buffer[at++] = type
    if (value >= 0 && value < 10) buffer[at++] = ZERO + value
    else at += buffer.write(String(value), at, 'latin1')
    buffer[at++] = CR
    buffer[at++] = LF
    this.#length = at
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes > BUFFER_BYTES) this.#seal()
  }

  /** Copies what is in the buffer, which others will use. */
  #seal(): void {
    if (this.#length === 0) return
    this.#chunks.push(Buffer.from(this.#buffer.subarray(0, this.#length)))
    this.#chunkBytes += this.#length
    this.#length = 0
  }
}

/** An error is a line: whatever a client sent must not end it early. */
function encodeError({ message }: ErrorReply): Buffer {
  return Buffer.from(`-${message.replace(/[\r\n]/g, ' ')}\r\n`)
}
