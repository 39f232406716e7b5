// Writes frames of items one after the other into large pieces of memory, so that a frame costs no copy and hardly an
// allocation: what is handed out is a view, and the piece is left alone from then on.
import { FRAME_HEAD_BYTES, FrameKind, MARK } from './wire-format.ts'

/** The first piece; each further one is twice as large, up to the most: few members talk to all others. */
const FIRST_PIECE_BYTES = 2 * 1024
const MOST_PIECE_BYTES = 64 * 1024

/** A piece of which less is left is let go with its last frame. */
const LEAST_REST_BYTES = 512

const NO_BYTES = Buffer.alloc(0)

/** Shorter texts and bodies are written byte by byte: quicker than a call. */
const SHORT = 48

export class FrameWriter {
  #bytes: Buffer = NO_BYTES
  #pieceBytes = FIRST_PIECE_BYTES
  /** Where the frame in the making begins. */
  #start = 0
  #at = 0

  /** Length of the frame in the making; 0 when nothing is in it. */
  get length(): number {
    return this.#at - this.#start
  }

  /** Makes room for so many bytes more, the head of a new frame included. */
  reserve(bytes: number): void {
    const needed = bytes + (this.length === 0 ? FRAME_HEAD_BYTES : 0)
    if (this.#at + needed > this.#bytes.length) this.#grow(needed)
    if (this.length > 0) return
    this.#bytes[this.#at] = MARK
    this.#bytes[this.#at + 1] = FrameKind.items
    this.#at += FRAME_HEAD_BYTES
  }

  /** Hands the frame over, its number still missing, and begins another. */
  take(): Uint8Array {
    const frame = this.#bytes.subarray(this.#start, this.#at)
    this.#start = this.#at
    if (this.#bytes.length - this.#at < LEAST_REST_BYTES) this.#bytes = NO_BYTES
    if (this.#bytes === NO_BYTES) this.#start = this.#at = 0
    return frame
  }

  /** Drops the frame in the making. */
  clear(): void {
    this.#at = this.#start
  }

  /** Begins an item; what is written until `endItem` is inside. Gives where it begins. */
  beginItem(type: number): number {
    const at = this.#at
    this.#bytes[at] = type
    this.#at = at + 4
    return at
  }

  endItem(at: number): void {
    const length = this.#at - at - 4
    this.#bytes[at + 1] = length >>> 16
    this.#bytes[at + 2] = (length >>> 8) & 0xff
    this.#bytes[at + 3] = length & 0xff
  }

  byte(value: number): void {
    this.#bytes[this.#at++] = value
  }

  u32(value: number): void {
    this.#at = this.#bytes.writeUInt32BE(value, this.#at)
  }

  /** A whole number below 2^53: seven bits a byte, the lowest first, the top bit set where more follow. */
  varint(value: number): void {
    let rest = value
    while (rest >= 0x80) {
      this.#bytes[this.#at++] = (rest & 0x7f) | 0x80
      rest = rest < 0x80000000 ? rest >>> 7 : Math.floor(rest / 128)
    }
    this.#bytes[this.#at++] = rest
  }

  /** One byte of length, then UTF-8. */
  shortText(text: string): void {
    const bytes = this.#bytes
    const at = this.#at
    const { length } = text
    if (length <= SHORT) {
      let i = 0
      for (; i < length; i++) {
        const code = text.charCodeAt(i)
        if (code > 0x7f) break
        bytes[at + 1 + i] = code
      }
      if (i === length) {
        bytes[at] = length
        this.#at = at + 1 + length
        return
      }
    }
    const written = bytes.write(text, at + 1, Math.min(255, bytes.length - at - 1), 'utf8')
    bytes[at] = written
    this.#at = at + 1 + written
  }

  /** Two bytes of length, then UTF-8 of at most `maxBytes`; what is longer is cut between characters. */
  text(text: string, maxBytes: number): void {
    const most = Math.min(maxBytes, this.#bytes.length - this.#at - 2)
    const written = this.#bytes.write(text, this.#at + 2, most, 'utf8')
    this.#bytes.writeUInt16BE(written, this.#at)
    this.#at += 2 + written
  }

  /** As they are. */
  raw(from: Uint8Array): void {
    const { length } = from
    if (length <= SHORT) {
      const bytes = this.#bytes
      const at = this.#at
      for (let i = 0; i < length; i++) bytes[at + i] = from[i] as number
    } else this.#bytes.set(from, this.#at)
    this.#at += length
  }

  /** Goes on in a new piece, with what there is of the frame. */
  #grow(needed: number): void {
    const { length } = this
    const former = this.#bytes.subarray(this.#start, this.#at)
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(this.#pieceBytes, length + needed))
    this.#pieceBytes = Math.min(2 * this.#pieceBytes, MOST_PIECE_BYTES)
    this.#bytes.set(former)
    this.#start = 0
    this.#at = length
  }
}
