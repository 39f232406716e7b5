// What two lives say to each other in a simulated run, as one of them sees it: everything posted has a number, and what
// comes is checked against the order of its numbers.
import type { Chunk, Item, Session } from '@rollcall/membership/internal'

/** era, number, length; of a chunk, era, number, chunks in its stream. */
const HEAD_BYTES = 12

/** A stream that is being received. */
interface Incoming {
  readonly total: number
  next: number
}

/** One session, with what was sent and received in it. Methods that check return what is wrong. */
export class Conversation {
  readonly session: Session
  /** Rises whenever the session says that it is broken; numbers begin anew then. */
  era = 0
  /** Messages posted in this era. */
  sent = 0
  /** The era of the other side from which a message came last, and how many of that era have come. */
  heardEra = 0
  heard = 0
  /** Times that it was broken, and how many of them before the last message that came. */
  #brokenWhenHeard = 0
  readonly #streams = new Map<number, Incoming>()

  constructor(session: Session) {
    this.session = session
  }

  broken(): void {
    this.era++
    this.sent = 0
    this.#streams.clear()
  }

  /** Posts a message of so many bytes; false when the session takes none. */
  say(bytes: number): boolean {
    const length = Math.max(HEAD_BYTES, bytes)
    const body = numbered(length, this.era, this.sent, length)
    const isTaken = this.session.post({
      type: 'send',
      topic: 'numbered',
      body: { kind: 'binary', bytes: body },
    })
    if (isTaken) this.sent++
    return isTaken
  }

  /** Posts a stream, or as much of it as the session takes. */
  stream(id: number, sizes: readonly number[]): void {
    const isWhole = sizes.every((bytes, i) => {
      const chunk = numbered(bytes, this.era, i, sizes.length)
      return this.session.post({ type: 'chunk', id, isAnswer: false, bytes: chunk })
    })
    this.session.post({ type: 'chunks-end', id, isWhole })
  }

  /** Checks what has come. */
  hear(item: Item): string | undefined {
    if (item.type === 'send') return this.#hearMessage(item.body.bytes)
    if (item.type === 'chunk') return this.#hearChunk(item)
    if (item.type !== 'chunks-end') return `a ${item.type} that nobody has posted`
    const stream = this.#streams.get(item.id)
    this.#streams.delete(item.id)
    if (!item.isWhole || stream === undefined || stream.next === stream.total) return undefined
    return `stream ${item.id} ends after ${stream.next} of ${stream.total} chunks`
  }

  #hearMessage(bytes: Uint8Array): string | undefined {
    const [era, number, length] = read(bytes)
    if (length !== bytes.length || bytes.at(-1) !== lastByte(bytes.length, number))
      return 'other bytes than were posted'
    const isNew = era > this.heardEra
    if (isNew && this.#brokenWhenHeard === this.era) return 'something was lost, and nobody was told'
    const expected = isNew ? 0 : this.heard
    if (era < this.heardEra || number !== expected)
      return `message ${number} of era ${era} in place of ${expected} of era ${Math.max(era, this.heardEra)}`
    this.heardEra = era
    this.heard = number + 1
    this.#brokenWhenHeard = this.era
    return undefined
  }

  #hearChunk({ id, bytes }: Chunk): string | undefined {
    const [, number, total] = read(bytes)
    const stream = this.#streams.get(id) ?? { total, next: 0 }
    this.#streams.set(id, stream)
    if (number !== stream.next) return `chunk ${number} of stream ${id} in place of ${stream.next}`
    stream.next++
    return undefined
  }
}

function numbered(length: number, era: number, number: number, third: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(HEAD_BYTES, length))
  const view = new DataView(bytes.buffer)
  view.setUint32(0, era)
  view.setUint32(4, number)
  view.setUint32(8, third)
  if (bytes.length > HEAD_BYTES) bytes[bytes.length - 1] = lastByte(bytes.length, number)
  return bytes
}

/** So that a body put together from the wrong pieces is noticed; the shortest are all head. */
function lastByte(length: number, number: number): number {
  return length > HEAD_BYTES ? number & 0xff : HEAD_BYTES
}

function read(bytes: Uint8Array): [number, number, number] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return [view.getUint32(0), view.getUint32(4), view.getUint32(8)]
}
