// Chunks of streams that wait to be sent: one stream after the other gets its turn, and everything else may pass them, but
// for what ends their own stream.
import { encodeItem } from './encode-item.ts'
import type { FrameWriter } from './frame-writer.ts'
import type { Chunk, ChunksEnd, Failure, Item, Response } from './item.ts'
import type { MessageLane } from './message-lane.ts'

/** Small chunks share a frame until it is that long. */
const FRAME_BYTES = 16 * 1024

/** What an item counts besides its bytes. */
const ITEM_BYTES = 64

/** What ends a stream. */
type End = ChunksEnd | Response | Failure

/** One direction of one exchange. */
interface Stream {
  readonly key: number
  readonly items: (Chunk | End)[]
  /** What had been posted before its first chunk goes first. */
  readonly ticket: number
}

export class ChunkLane {
  readonly #messages: MessageLane
  readonly #bulk: FrameWriter
  /** Those with something waiting, the one whose turn it is first. */
  readonly #streams = new Map<number, Stream>()
  #bytes = 0

  constructor(messages: MessageLane, bulk: FrameWriter) {
    this.#messages = messages
    this.#bulk = bulk
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes
  }

  push(chunk: Chunk): void {
    const key = keyOf(chunk.id, chunk.isAnswer)
    const stream = this.#streams.get(key)
    this.#bytes += sizeOf(chunk)
    if (stream !== undefined) stream.items.push(chunk)
    else this.#streams.set(key, { key, items: [chunk], ticket: this.#messages.ticket })
  }

  /** Takes what ends a stream if chunks of it wait; false when none do. */
  pushEnd(end: End): boolean {
    if (this.#streams.size === 0) return false
    const stream = this.#streams.get(keyOf(end.id, end.type !== 'chunks-end'))
    if (stream === undefined) return false
    stream.items.push(end)
    this.#bytes += sizeOf(end)
    return true
  }

  /** Drops what waits of one stream, its end included. */
  drop(id: number, isAnswer: boolean): void {
    const key = keyOf(id, isAnswer)
    for (const item of this.#streams.get(key)?.items ?? []) this.#bytes -= sizeOf(item)
    this.#streams.delete(key)
  }

  /** Drops everything. */
  clear(): void {
    this.#streams.clear()
    this.#bytes = 0
  }

  /** The next frame of chunks; undefined when none may go. Ends that have their turn move to the other lane. */
  take(): Uint8Array | undefined {
    for (let stream = this.#nextStream(); stream !== undefined; stream = this.#nextStream()) {
      this.#takeFrom(stream)
      if (this.#bulk.length >= FRAME_BYTES) break
    }
    return this.#bulk.length > 0 ? this.#bulk.take() : undefined
  }

  #nextStream(): Stream | undefined {
    for (const stream of this.#streams.values()) if (this.#messages.isPast(stream.ticket)) return stream
    return undefined
  }

  #takeFrom(stream: Stream): void {
    const item = stream.items.shift() as Chunk | End
    this.#bytes -= sizeOf(item)
    this.#streams.delete(stream.key)
    if (item.type === 'chunk') encodeItem(this.#bulk, item)
    else this.#messages.push(item)
    if (stream.items.length > 0) this.#streams.set(stream.key, stream)
  }
}

/** Both directions of an exchange, and exchanges begun by either side, are streams of their own. */
function keyOf(id: number, isAnswer: boolean): number {
  return 2 * id + (isAnswer ? 1 : 0)
}

function sizeOf(item: Item): number {
  if (item.type === 'chunk') return ITEM_BYTES + item.bytes.length
  return 'body' in item ? ITEM_BYTES + item.body.bytes.length : ITEM_BYTES
}
