// A session: items to and from one life, over whichever link is in use with it. Its epochs keep both ends agreed on what
// may have been lost: a link that breaks after it has carried items begins a new one, the peer follows when it hears
// of it, and what belongs to an older epoch is dropped on both sides.
import type { Life } from '../core/identity.ts'
import { Incoming } from './incoming.ts'
import type { ExchangeId, Failure, Item } from './item.ts'
import { ItemDecoder } from './item-decoder.ts'
import { Outgoing } from './outgoing.ts'
import type { Session, SessionHandlers } from './session.ts'
import type { SessionLink } from './session-link.ts'
import type { TopicNames } from './topic-names.ts'

/** When so much waits, chunks aside, messages and requests are refused, until it is less than half. */
const FULL_BYTES = 4 * 1024 * 1024
/** When so many bytes of chunks wait, chunks are refused, until it is less than half: streams leave the others their room. */
const FULL_CHUNK_BYTES = 2 * 1024 * 1024
/** When so much waits, responses and long failures are refused as well. They are in memory already: better they wait. */
const NO_ANSWERS_BYTES = 64 * 1024 * 1024
/** When so much waits, the link is cut. A peer that keeps to its bounds does not bring about so many short items. */
const CUT_BYTES = NO_ANSWERS_BYTES + 4 * 1024 * 1024
/** A failure that says less is short. */
const SHORT_FAILURE_BYTES = 32

/** What a session needs of its surroundings. */
export interface SessionParts {
  readonly handlers: SessionHandlers
  readonly topics: TopicNames
  /** Has `flush` called at the end of this turn. */
  schedule(session: PeerSession): void
  /** Whether a frame that has not come may still come, on another link. */
  mayStillCome(session: PeerSession): boolean
  count(name: string, by?: number): void
}

export class PeerSession implements Session {
  peer: Life
  isEnded = false
  readonly #parts: SessionParts
  readonly #outgoing = new Outgoing()
  readonly #incoming = new Incoming()
  readonly #decoder: ItemDecoder
  #route: SessionLink | undefined
  #epoch = 1
  #nextNumber = 0
  #isFull = false
  #isFullOfChunks = false
  #isScheduled = false
  /** What was told last. */
  #toldLinked = false

  constructor(peer: Life, parts: SessionParts) {
    this.peer = peer
    this.#parts = parts
    this.#decoder = new ItemDecoder(parts.topics)
  }

  get isLinked(): boolean {
    return this.#route !== undefined
  }

  get isWritable(): boolean {
    return this.#route !== undefined && !this.#isFull
  }

  /** Whether a frame waits for an earlier one. */
  get isWaiting(): boolean {
    return this.#incoming.isWaiting
  }

  /** Bytes that wait to be sent. */
  get waitingBytes(): number {
    return this.#outgoing.bytes
  }

  post(item: Item): boolean {
    if (this.#route === undefined || this.isEnded || !this.#takes(item)) return false
    const outgoing = this.#outgoing
    outgoing.push(item)
    const { bytes } = outgoing
    if (bytes >= FULL_CHUNK_BYTES) this.#noteFull(bytes, this.#route)
    this.#flushSoon()
    if (outgoing.hasFullFrame) this.#send()
    return true
  }

  dropStream(id: ExchangeId, isAnswer: boolean): void {
    this.#outgoing.dropStream(id, isAnswer)
    // Others may have room now.
    if (this.#isFullOfChunks) this.#flushSoon()
  }

  /** Sends what has been posted. */
  flush(): void {
    this.#isScheduled = false
    this.#send()
    if (!this.#isFull && !this.#isFullOfChunks) return
    if (this.#hasNewRoom() && this.isLinked) this.#parts.handlers.writable(this)
  }

  /** Sends everything that waits, however much is on its way: the link is about to be closed. */
  flushAll(link: SessionLink): void {
    if (link !== this.#route) return
    for (let frame = this.#outgoing.take(0); frame !== undefined; frame = this.#outgoing.take(0)) {
      link.sendItems(this.#epoch, this.#takeNumber(), frame)
    }
  }

  /** Items go over another link from now on, or over none. */
  setRoute(link: SessionLink | undefined): void {
    this.#route = link
    if (link === undefined && this.#outgoing.bytes > 0) this.breakOff()
    if (link !== undefined) {
      this.#tellEpoch(link)
      this.#parts.schedule(this)
    }
    if (this.isLinked === this.#toldLinked || this.isEnded) return
    this.#toldLinked = this.isLinked
    this.#parts.handlers.linkChanged(this)
  }

  /** Nothing goes out on a link any more. The route that replaces it is still to be told. */
  shut(link: SessionLink): void {
    if (this.#route === link) this.#route = undefined
  }

  /** Takes a frame of items. Throws a WireFault. */
  receive(link: SessionLink, frame: Buffer): void {
    if (link.receivedEpoch < this.#epoch) {
      // Sent before the peer knew that a link had broken; now it will hear of it.
      this.#tellEpoch(link)
      link.took(frame.length)
      return
    }
    link.carriedEpoch = this.#epoch
    const order = this.#incoming.sort(link, frame.readUInt32BE(2), frame)
    if (order === 'used') {
      // It begins anew while we do not, or the other way round: one of us has forgotten the other.
      link.took(frame.length)
      this.breakOff()
    }
    if (order === 'held') this.giveUpWaiting()
    if (order !== 'now') return
    this.#deliver(link, frame)
    if (this.#incoming.isWaiting) this.#deliverHeld()
  }

  /** The peer says to which epoch belongs what follows on a link. */
  heardEpoch(link: SessionLink, epoch: number): void {
    link.receivedEpoch = epoch
    if (epoch > this.#epoch) this.#begin(epoch)
    else if (epoch < this.#epoch) this.#tellEpoch(link)
  }

  /** The peer has acknowledged something on a link. */
  acknowledged(link: SessionLink): void {
    if (link === this.#route) this.flush()
  }

  /** A link is gone; `isWhole`: it brought everything that was ever sent on it, both ways. */
  lost(link: SessionLink, isWhole: boolean): void {
    this.shut(link)
    if (!isWhole && link.carriedEpoch === this.#epoch) this.breakOff()
  }

  /** What should have come may be lost: gives it up, if nothing can bring it any more. */
  giveUpWaiting(): void {
    if (this.#incoming.isWaiting && !this.#parts.mayStillCome(this)) this.breakOff()
  }

  /** Something was lost, or may have been. */
  breakOff(): void {
    this.#begin(this.#epoch + 1)
  }

  /** Drops everything. */
  end(): void {
    this.isEnded = true
    this.#route = undefined
    this.#outgoing.clear()
    this.#incoming.reset()
    this.#decoder.reset()
    this.#parts.handlers.ended(this)
  }

  #takes(item: Item): boolean {
    switch (item.type) {
      case 'send':
      case 'request':
        return !this.#isFull
      case 'chunk':
        return !this.#isFullOfChunks
      case 'response':
        return !this.#isFull || this.#outgoing.bytes < NO_ANSWERS_BYTES
      case 'failure':
        return !this.#isFull || this.#outgoing.bytes < NO_ANSWERS_BYTES || isShort(item)
      default:
        return true
    }
  }

  #noteFull(bytes: number, route: SessionLink): void {
    if (this.#outgoing.messageBytes >= FULL_BYTES) this.#isFull = true
    if (this.#outgoing.chunkBytes >= FULL_CHUNK_BYTES) this.#isFullOfChunks = true
    if (bytes >= CUT_BYTES) route.port.cut(bytes)
  }

  /** Takes again what was refused, where enough has gone. */
  #hasNewRoom(): boolean {
    const forMessages = this.#isFull && this.#outgoing.messageBytes < FULL_BYTES / 2
    const forChunks = this.#isFullOfChunks && this.#outgoing.chunkBytes < FULL_CHUNK_BYTES / 2
    if (forMessages) this.#isFull = false
    if (forChunks) this.#isFullOfChunks = false
    return forMessages || forChunks
  }

  #flushSoon(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#parts.schedule(this)
  }

  #send(): void {
    const link = this.#route
    if (link === undefined) return
    for (;;) {
      const frame = this.#outgoing.take(link.unacknowledged)
      if (frame === undefined) return
      link.sendItems(this.#epoch, this.#takeNumber(), frame)
    }
  }

  #takeNumber(): number {
    const number = this.#nextNumber
    this.#nextNumber = (number + 1) >>> 0
    return number
  }

  #deliverHeld(): void {
    for (let held = this.#incoming.takeHeld(); held !== undefined; held = this.#incoming.takeHeld()) {
      this.#deliver(held.link, held.frame)
    }
  }

  #deliver(link: SessionLink, frame: Buffer): void {
    const { handlers } = this.#parts
    const decoder = this.#decoder
    const epoch = this.#epoch
    decoder.open(frame)
    for (let item = decoder.next(); item !== undefined; item = decoder.next()) {
      handlers.received(this, item)
      if (this.isEnded || this.#epoch !== epoch) break
    }
    if (decoder.unknown > 0) {
      this.#parts.count('unknown-items', decoder.unknown)
      decoder.unknown = 0
    }
    link.took(frame.length)
  }

  #begin(epoch: number): void {
    if (this.isEnded) return
    this.#epoch = epoch
    this.#nextNumber = 0
    this.#outgoing.clear()
    this.#incoming.reset()
    this.#decoder.reset()
    if (this.#route !== undefined) this.#tellEpoch(this.#route)
    this.#parts.handlers.broken(this)
    // Nothing waits any more.
    if (this.#isFull || this.#isFullOfChunks) this.#flushSoon()
  }

  #tellEpoch(link: SessionLink): void {
    if (!link.isShut && link.sentEpoch < this.#epoch) link.sendEpoch(this.#epoch)
  }
}

function isShort({ message, body }: Failure): boolean {
  return message.length + body.bytes.length < SHORT_FAILURE_BYTES
}
