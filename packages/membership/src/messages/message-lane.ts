// What waits to be sent in the order in which it was posted. Small items are bytes at once, many to a frame; a body that is
// too long for one frame goes in fragments, and what was posted after it waits.
import { encodeFragment, encodeItem, encodeLarge, type ItemWithBody, largeBodyOf } from './encode-item.ts'
import { FrameWriter } from './frame-writer.ts'
import type { Item } from './item.ts'
import { FRAGMENT_BYTES } from './wire-format.ts'

/** A frame is closed once it is that long. */
const FRAME_BYTES = 16 * 1024

/** An item under way in fragments. */
interface Large {
  readonly item: ItemWithBody
  /** What was sent of its body. */
  sent: number
}

export class MessageLane {
  readonly #writer = new FrameWriter()
  readonly #bulk: FrameWriter
  /** Frames that are closed, and items between them. */
  readonly #waiting: (Uint8Array | Large)[] = []
  #bytes = 0
  /** Counts what is in `#waiting`, as it comes and as it goes. */
  #closed = 0
  #sent = 0

  /** `bulk` makes the frames of fragments; nothing is in it between two calls. */
  constructor(bulk: FrameWriter) {
    this.#bulk = bulk
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes + this.#writer.length
  }

  /** Whether a whole frame waits, or more. */
  get hasFullFrame(): boolean {
    return this.#waiting.length > 0
  }

  /** What goes next: a frame of small items, a fragment, or nothing. */
  get next(): 'frame' | 'fragment' | undefined {
    const first = this.#waiting[0]
    if (first === undefined) return this.#writer.length > 0 ? 'frame' : undefined
    return first instanceof Uint8Array ? 'frame' : 'fragment'
  }

  /** Stands for all that was pushed so far; see `isPast`. */
  get ticket(): number {
    return this.#closed + (this.#writer.length > 0 ? 1 : 0)
  }

  /** Whether all that had been pushed by then has been taken. */
  isPast(ticket: number): boolean {
    return this.#sent >= ticket
  }

  push(item: Item): void {
    const body = largeBodyOf(item)
    if (body === undefined) {
      encodeItem(this.#writer, item)
      if (this.#writer.length >= FRAME_BYTES) this.#close()
      return
    }
    this.#close()
    this.#closed++
    this.#waiting.push({ item: item as ItemWithBody, sent: 0 })
    this.#bytes += body.length
  }

  /** The next frame; there must be one. */
  take(): Uint8Array {
    if (this.#waiting.length === 0) this.#close()
    const first = this.#waiting[0] as Uint8Array | Large
    if (!(first instanceof Uint8Array)) return this.#takeFragment(first)
    this.#shift()
    this.#bytes -= first.length
    return first
  }

  /** Drops everything. */
  clear(): void {
    this.#writer.clear()
    this.#waiting.length = 0
    this.#bytes = 0
    this.#sent = this.#closed
  }

  #takeFragment(large: Large): Uint8Array {
    const { bytes } = large.item.body
    if (large.sent === 0) encodeLarge(this.#bulk, large.item)
    const piece = bytes.subarray(large.sent, large.sent + FRAGMENT_BYTES)
    encodeFragment(this.#bulk, piece)
    large.sent += piece.length
    this.#bytes -= piece.length
    if (large.sent >= bytes.length) this.#shift()
    return this.#bulk.take()
  }

  #close(): void {
    if (this.#writer.length === 0) return
    const frame = this.#writer.take()
    this.#waiting.push(frame)
    this.#bytes += frame.length
    this.#closed++
  }

  #shift(): void {
    this.#waiting.shift()
    this.#sent++
  }
}
