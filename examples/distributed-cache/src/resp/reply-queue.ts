// Replies of one connection that wait for an earlier one, or are not there yet; they leave in the order of the commands.
import type { ReplyEncoder } from './encoder.ts'
import { MAX_REPLY_BYTES, MAX_UNDER_WAY, MAX_UNDER_WAY_BYTES } from './limits.ts'
import { type Reply, sizeOf } from './reply.ts'

/** The place of a reply among the others. */
interface Slot {
  /** Undefined while the command is under way. */
  reply: Reply | undefined
  /** What it holds: the command, then the reply. */
  bytes: number
  /** How many values the reply may have. */
  readonly values: number
  /** What the reply may hold in addition, as long as it is not there. */
  expectedBytes: number
}

/** Of each value, before any is known: a client that begins with many reads of long ones must not fill the budget by itself. */
const EXPECTED_VALUE_BYTES = 256 * 1024
/** However short they were: no more values than commands are under way then, lest the next ones are long. */
const LEAST_EXPECTED_BYTES = MAX_UNDER_WAY_BYTES / MAX_UNDER_WAY

export class ReplyQueue {
  #slots: Slot[] = []
  /** Called when what is held has changed, or a reply has come. */
  readonly #changed: () => void
  #bytes = 0
  #expectedBytes = 0
  #expectedValueBytes = EXPECTED_VALUE_BYTES
  #isOver = false

  constructor(changed: () => void) {
    this.#changed = changed
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

  /** A command that is under way holds so many bytes more, or less if negative. */
  hold(bytes: number): void {
    this.#bytes += bytes
    this.#changed()
  }

  /** A reply that is there, behind others. */
  add(reply: Reply): void {
    this.#push({ reply, bytes: sizeOf(reply), values: 0, expectedBytes: 0 })
  }

  /** Keeps the place of one that will come, with so many values, to a command of so many bytes. Returns what is to be called with it. */
  addLater(commandBytes: number, values: number): (reply: Reply) => void {
    const expectedBytes = Math.min(MAX_REPLY_BYTES, values * this.#expectedValueBytes)
    const slot: Slot = { reply: undefined, bytes: commandBytes, values, expectedBytes }
    this.#push(slot)
    return (reply) => this.#fill(slot, reply)
  }

  /** Nobody waits for them any more: lets go of all, and of those that come. */
  clear(): void {
    this.#isOver = true
    for (const { bytes } of this.#slots) this.#bytes -= bytes
    this.#slots = []
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
    if (this.#isOver) return
    const bytes = sizeOf(reply)
    if (slot.values > 0) this.#expect(bytes / slot.values)
    this.#bytes += bytes - slot.bytes
    this.#expectedBytes -= slot.expectedBytes
    slot.bytes = bytes
    slot.reply = reply
    this.#changed()
  }

  /** Quick to expect long values, slow to forget them. */
  #expect(bytes: number): void {
    this.#expectedValueBytes = Math.ceil(
      Math.max(LEAST_EXPECTED_BYTES, bytes, 0.9 * this.#expectedValueBytes),
    )
  }
}
