// Everything that waits to be sent to one life, and which of it goes next.
import { ChunkLane } from './chunk-lane.ts'
import { FrameWriter } from './frame-writer.ts'
import type { Item } from './item.ts'
import { MessageLane } from './message-lane.ts'
import { BULK_WINDOW_BYTES, FRAGMENT_BYTES, WINDOW_BYTES } from './wire-format.ts'

export class Outgoing {
  readonly #bulk = new FrameWriter()
  readonly #messages = new MessageLane(this.#bulk)
  readonly #chunks = new ChunkLane(this.#messages, this.#bulk)
  /** Fragments and chunks take turns. */
  #isChunksTurn = false

  /** Bytes that wait. */
  get bytes(): number {
    return this.#messages.bytes + this.#chunks.bytes
  }

  /** Those in streams. */
  get chunkBytes(): number {
    return this.#chunks.bytes
  }

  /** All others. */
  get messageBytes(): number {
    return this.#messages.bytes
  }

  /** Whether enough waits for a frame, so that it should go at once. */
  get hasFullFrame(): boolean {
    return this.#messages.hasFullFrame || this.#chunks.bytes >= FRAGMENT_BYTES
  }

  push(item: Item): void {
    switch (item.type) {
      case 'chunk':
        this.#chunks.push(item)
        return
      case 'chunks-end':
      case 'response':
      case 'failure':
        if (!this.#chunks.pushEnd(item)) this.#messages.push(item)
        return
      case 'cancel':
        this.#chunks.drop(item.id, false)
        this.#messages.push(item)
        return
      default:
        this.#messages.push(item)
    }
  }

  /** The next frame that may go while so many bytes are on their way; undefined for none. */
  take(unacknowledged: number): Uint8Array | undefined {
    if (this.#messages.next === 'frame') {
      return unacknowledged < WINDOW_BYTES ? this.#messages.take() : undefined
    }
    if (unacknowledged > BULK_WINDOW_BYTES - FRAGMENT_BYTES) return undefined
    if (this.#messages.next === 'fragment' && !this.#isChunksTurn) {
      this.#isChunksTurn = true
      return this.#messages.take()
    }
    this.#isChunksTurn = false
    const chunks = this.#chunks.take()
    if (chunks !== undefined) return chunks
    return this.#messages.next === undefined ? undefined : this.#messages.take()
  }

  /** Drops what waits of one stream, its end included. */
  dropStream(id: number, isAnswer: boolean): void {
    this.#chunks.drop(id, isAnswer)
  }

  /** Drops everything. */
  clear(): void {
    this.#messages.clear()
    this.#chunks.clear()
  }
}
