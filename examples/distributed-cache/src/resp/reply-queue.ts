// Replies of one connection that wait for an earlier one, or are not there yet; they leave in the order of the commands.
import type { ReplyEncoder } from './encoder.ts'
import { MAX_UNDER_WAY, MAX_UNDER_WAY_BYTES } from './limits.ts'
import { type Reply, sizeOf } from './reply.ts'

/** The place of a reply among the others. */
interface Slot {
  /** Undefined while the command is under way. */
  reply: Reply | undefined
  /** What it holds: the command, then the reply. */
  bytes: number
  /** What the reply may hold in addition, as long as it is not there. */
  expectedBytes: number
}

/** Before any reply is known: a client that begins with many reads of long values must not fill the budget by itself. */
const EXPECTED_REPLY_BYTES = 256 * 1024

export class ReplyQueue {
  readonly #slots: Slot[] = []
  /** Called when a reply has come that is next. */
  readonly #isNext: () => void
  #bytes = 0
  #expectedBytes = 0
  #expectedReplyBytes = EXPECTED_REPLY_BYTES

  constructor(isNext: () => void) {
    this.#isNext = isNext
  }

  get isEmpty(): boolean {
    return this.#slots.length === 0
  }

  /** Whether no more commands should be begun, for their number or what they are expected to hold. */
  get isFull(): boolean {
    return this.#slots.length >= MAX_UNDER_WAY || this.#bytes + this.#expectedBytes >= MAX_UNDER_WAY_BYTES
  }

  /** What is held now. */
  get bytes(): number {
    return this.#bytes
  }

  /** A reply that is there, behind others. */
  add(reply: Reply): void {
    this.#push({ reply, bytes: sizeOf(reply), expectedBytes: 0 })
  }

  /** Keeps the place of one that will come, to a command of so many bytes. Returns what is to be called with it. */
  addLater(commandBytes: number): (reply: Reply) => void {
    const slot: Slot = {
      reply: undefined,
      bytes: commandBytes,
      expectedBytes: this.#expectedReplyBytes,
    }
    this.#push(slot)
    return (reply) => this.#fill(slot, reply)
  }

  /** Hands on those that are next. */
  sendTo(encoder: ReplyEncoder): void {
    let count = 0
    for (const { reply, bytes } of this.#slots) {
      if (reply === undefined) break
      encoder.add(reply)
      this.#bytes -= bytes
      count++
    }
    if (count > 0) this.#slots.splice(0, count)
  }

  #push(slot: Slot): void {
    this.#slots.push(slot)
    this.#bytes += slot.bytes
    this.#expectedBytes += slot.expectedBytes
  }

  #fill(slot: Slot, reply: Reply): void {
    const bytes = sizeOf(reply)
    // Quick to expect long ones, slow to forget them.
    this.#expectedReplyBytes = Math.max(bytes, Math.ceil(0.9 * this.#expectedReplyBytes))
    this.#bytes += bytes - slot.bytes
    this.#expectedBytes -= slot.expectedBytes
    slot.bytes = bytes
    slot.reply = reply
    if (this.#slots[0] === slot) this.#isNext()
  }
}
