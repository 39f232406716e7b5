// Bytes to items, those of one session one after the other: a body that came in fragments is put together here.
import { ByteReader } from './byte-reader.ts'
import type { ItemWithBody } from './encode-item.ts'
import type { Body, Item } from './item.ts'
import { MAX_BODY_BYTES, MAX_CHUNK_BYTES, MAX_FAILURE_BYTES } from './session.ts'
import type { TopicNames } from './topic-names.ts'
import { WireFault } from './wire-fault.ts'
import { bodyKinds, chunkDirections, FRAME_HEAD_BYTES, ItemType } from './wire-format.ts'

/**
 * Shorter bodies of the application's own bytes are copied: a view would keep all that was read with it in memory. Buffers
 * like the longer ones, for `slice` and `toString` of a bare Uint8Array mean something else.
 */
const SHORT_BODY_BYTES = 4096

const EMPTY = new Uint8Array(0)
const NO_BODY: Body = { kind: 'none', bytes: EMPTY }

/** A body on its way. */
interface Large {
  /** The item it belongs to, as it came: `bytes` is being filled. */
  readonly item: ItemWithBody
  readonly bytes: Uint8Array
  filled: number
}

export class ItemDecoder {
  readonly #topics: TopicNames
  readonly #reader = new ByteReader()
  #large: Large | undefined
  /** Items of a type that this version does not know. */
  unknown = 0

  constructor(topics: TopicNames) {
    this.#topics = topics
  }

  /** Forgets a body on its way. */
  reset(): void {
    this.#large = undefined
  }

  /** Begins with a frame of items. */
  open(frame: Buffer): void {
    this.#reader.bytes = frame
    this.#reader.at = FRAME_HEAD_BYTES
    this.#reader.end = frame.length
  }

  /** The next whole item of the frame, undefined at its end. Throws a WireFault for what is none. */
  next(): Item | undefined {
    const reader = this.#reader
    const frameEnd = reader.bytes.length
    while (reader.at < frameEnd) {
      reader.end = frameEnd
      const type = reader.byte()
      const length = reader.u24()
      const start = reader.advance(length)
      reader.at = start
      reader.end = start + length
      const item = this.#item(type)
      // Whatever this version does not know of an item is behind what it knows.
      reader.at = reader.end
      if (item !== undefined) return item
    }
    return undefined
  }

  /** The item of this type; undefined when it is none by itself. */
  #item(type: number): Item | undefined {
    const reader = this.#reader
    switch (type) {
      case ItemType.send:
      case ItemType.request:
      case ItemType.response:
      case ItemType.failure:
        return this.#withBody(type, undefined)
      case ItemType.cancel:
        return { type: 'cancel', id: reader.varint() }
      case ItemType.chunk:
        return this.#chunk()
      case ItemType['chunks-end']:
        return { type: 'chunks-end', id: reader.varint(), isWhole: reader.flag() }
      case ItemType.credit:
        return { type: 'credit', isAnswer: reader.flag(), id: reader.varint(), bytes: reader.varint() }
      case ItemType.large:
        this.#beginLarge()
        return undefined
      case ItemType.fragment:
        return this.#fragment()
      default:
        this.unknown++
        return undefined
    }
  }

  /** `large`: the body that will be filled; undefined when it stands here. */
  #withBody(type: number, large: Uint8Array | undefined): ItemWithBody {
    const reader = this.#reader
    switch (type) {
      case ItemType.send:
        return { type: 'send', topic: this.#topic(), body: this.#body(large) }
      case ItemType.request: {
        const id = reader.varint()
        const timeoutMs = reader.varint()
        const chunks = reader.oneOf(chunkDirections)
        return { type: 'request', id, topic: this.#topic(), body: this.#body(large), timeoutMs, chunks }
      }
      case ItemType.response:
        return { type: 'response', id: reader.varint(), body: this.#body(large) }
      case ItemType.failure: {
        const id = reader.varint()
        const code = reader.text(reader.byte())
        const message = this.#message()
        return { type: 'failure', id, code, message, body: this.#body(large) }
      }
      default:
        throw new WireFault('bad-frame', `no item of type ${type} has a body`)
    }
  }

  #topic(): string {
    const length = this.#reader.byte()
    const start = this.#reader.advance(length)
    return this.#topics.read(this.#reader.bytes, start, start + length)
  }

  #message(): string {
    const length = this.#reader.byte() * 0x100 + this.#reader.byte()
    if (length > MAX_FAILURE_BYTES)
      throw new WireFault('too-large', 'the text of a failure is over its limit')
    return this.#reader.text(length)
  }

  #body(large: Uint8Array | undefined): Body {
    const kind = this.#reader.oneOf(bodyKinds)
    if (kind === 'none') {
      if (large !== undefined || this.#reader.at < this.#reader.end)
        throw new WireFault('bad-frame', 'bytes of no body')
      return NO_BODY
    }
    if (large !== undefined) return { kind, bytes: large }
    const bytes = this.#reader.rest()
    const isKept = kind === 'binary' && bytes.length < SHORT_BODY_BYTES
    return { kind, bytes: isKept ? copyOf(bytes) : bytes }
  }

  #chunk(): Item {
    const isAnswer = this.#reader.flag()
    const id = this.#reader.varint()
    const bytes = this.#reader.rest()
    if (bytes.length > MAX_CHUNK_BYTES) throw new WireFault('too-large', 'a chunk is over its limit')
    return {
      type: 'chunk',
      isAnswer,
      id,
      bytes: bytes.length < SHORT_BODY_BYTES ? copyOf(bytes) : bytes,
    }
  }

  #beginLarge(): void {
    if (this.#large !== undefined) throw new WireFault('bad-frame', 'a body within a body')
    const total = this.#reader.u32()
    if (total > MAX_BODY_BYTES) throw new WireFault('too-large', `a body of ${total} bytes`)
    if (total === 0) throw new WireFault('bad-frame', 'fragments of nothing')
    const bytes = Buffer.allocUnsafeSlow(total)
    const type = this.#reader.byte()
    this.#large = { item: this.#withBody(type, bytes), bytes, filled: 0 }
  }

  #fragment(): Item | undefined {
    const large = this.#large
    if (large === undefined) throw new WireFault('bad-frame', 'a fragment of no body')
    const piece = this.#reader.rest()
    if (piece.length > large.bytes.length - large.filled)
      throw new WireFault('bad-frame', 'more fragments than body')
    large.bytes.set(piece, large.filled)
    large.filled += piece.length
    if (large.filled < large.bytes.length) return undefined
    this.#large = undefined
    return large.item
  }
}

/** A copy that shares its memory with nothing. */
function copyOf(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  copy.set(bytes)
  return copy
}
