// What sessions know of one link: what was sent and acknowledged on it, and what it may still bring.
import type { LinkId } from '../core/input.ts'
import type { PeerSession } from './peer-session.ts'
import { ACK_AFTER_BYTES, FRAME_HEAD_BYTES, FrameKind, MARK } from './wire-format.ts'

/** A link as the owner of its socket hands it in. */
export interface LinkPort {
  /** Sends a frame, which is not changed any more; dropped when the link is closing. */
  send(frame: Uint8Array): void
  /** Cuts the link, because its receiver is too slow: so many bytes wait. */
  cut(waitingBytes: number): void
}

export class SessionLink {
  readonly id: LinkId
  readonly port: LinkPort
  /** With whom; undefined until the peer has said hello. */
  session: PeerSession | undefined
  /** The epochs that the frames on it belong to, ours and the peer's. */
  sentEpoch = 1
  receivedEpoch = 1
  /** The last epoch in which items went over it, either way. */
  carriedEpoch = 0
  /** Nothing goes out on it any more. */
  isShut = false
  sentLast = false
  receivedLast = false
  /** Frames that came on it too early. */
  held = 0
  #sent = 0
  #acknowledged = 0
  #taken = 0
  #told = 0

  constructor(id: LinkId, port: LinkPort) {
    this.id = id
    this.port = port
  }

  /** Bytes that the peer has not acknowledged. */
  get unacknowledged(): number {
    return this.#sent - this.#acknowledged
  }

  /** Sends items in an epoch; `number` is that of the frame. */
  sendItems(epoch: number, number: number, frame: Uint8Array): void {
    if (this.sentEpoch !== epoch) this.sendEpoch(epoch)
    this.carriedEpoch = epoch
    writeU32(frame, number)
    this.#sent += frame.length
    this.port.send(frame)
  }

  /** Says that what follows belongs to an epoch. */
  sendEpoch(epoch: number): void {
    this.sentEpoch = epoch
    this.port.send(shortFrame(FrameKind.epoch, epoch))
  }

  /** Frames of so many bytes have been dealt with: the peer may send as many. */
  took(bytes: number): void {
    this.#taken += bytes
    if (this.#taken - this.#told < ACK_AFTER_BYTES || this.isShut) return
    this.#told = this.#taken
    this.port.send(shortFrame(FrameKind.ack, this.#taken % 2 ** 32))
  }

  /** The peer has taken so many bytes in all; false when that is more than was sent. */
  acknowledged(total: number): boolean {
    const more = (total - (this.#acknowledged % 2 ** 32)) >>> 0
    if (more > this.unacknowledged) return false
    this.#acknowledged += more
    return true
  }
}

function shortFrame(kind: number, value: number): Uint8Array {
  const frame = Buffer.allocUnsafeSlow(FRAME_HEAD_BYTES)
  frame[0] = MARK
  frame[1] = kind
  frame.writeUInt32BE(value, 2)
  return frame
}

function writeU32(frame: Uint8Array, value: number): void {
  frame[2] = value >>> 24
  frame[3] = (value >>> 16) & 0xff
  frame[4] = (value >>> 8) & 0xff
  frame[5] = value & 0xff
}
