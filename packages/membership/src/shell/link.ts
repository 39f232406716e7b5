// One open connection: messages in, frames out, and its end told exactly once. Bytes that break the rules end the link
// here, with a close code; the core sees only messages of the protocol, and sessions only frames of the application.
import { CloseCode } from '../core/close-code.ts'
import type { Millis } from '../core/identity.ts'
import type { LinkEnd, LinkId } from '../core/input.ts'
import type { Message } from '../core/message.ts'
import { isMessagesFrame } from '../messages/sessions.ts'
import type { WireFault } from '../messages/wire-fault.ts'
import { decodeFrame } from './codec.ts'
import type { Breach, Connection } from './connection.ts'
import { type HelloFault, helloFaults } from './hello-fault.ts'
import { MAX_BUFFERED_BYTES } from './wire-limits.ts'

/** Why the shell itself ended a link. */
export type LinkFault =
  | 'bad-frame'
  | 'too-large'
  | 'websocket-error'
  | 'slow-receiver'
  | (typeof helloFaults)[HelloFault]['counter']

/** What a link tells. Nothing is told after `closed`. */
export interface LinkHandlers {
  message(message: Message): void
  unknownFrame(): void
  /** A frame of messages of the application came; returns what is wrong with it. */
  messages(frame: Uint8Array): WireFault | undefined
  /** The link is about to end because its peer broke a rule; `closed` follows. */
  fault(fault: LinkFault, detail: string): void
  closed(end: LinkEnd): void
}

/** One open link. */
export class Link {
  readonly id: LinkId
  readonly connection: Connection
  /** When the core was last told that messages of the application come. */
  heardAt: Millis = Number.NEGATIVE_INFINITY
  readonly #handlers: LinkHandlers
  /** The code of a close that the shell brought about; the end is then never taken for the peer's. */
  #faultCode: number | undefined

  constructor(id: LinkId, connection: Connection, handlers: LinkHandlers) {
    this.id = id
    this.connection = connection
    this.#handlers = handlers
    connection.start({
      frame: (bytes) => this.#onFrame(bytes),
      breach: (breach, detail) => this.#onBreach(breach, detail),
      closed: (code) => this.#onClosed(code),
    })
  }

  /** Where the connection comes from or goes to, for logs. */
  get remote(): string {
    return this.connection.remote
  }

  /** Queues frames; dropped when the link is closing. Cuts the link when its receiver is too slow. */
  send(frames: readonly Uint8Array[]): void {
    const { connection } = this
    for (const frame of frames) {
      if (!connection.isOpen) return
      connection.send(frame)
    }
    if (connection.bufferedAmount > MAX_BUFFERED_BYTES) this.cut(connection.bufferedAmount)
  }

  /** Queues a frame of messages; dropped when the link is closing. Their own windows bound how many wait. */
  sendMessages(frame: Uint8Array): void {
    this.connection.send(frame)
  }

  /** Cuts the link, because its receiver is too slow. */
  cut(waitingBytes: number): void {
    this.#fault('slow-receiver', CloseCode.slow, `${waitingBytes} bytes wait to be sent`)
    this.connection.terminate()
  }

  /** Sends a close frame after what is queued, and keeps reading until the socket closes, for at most a second. */
  close(code: number, reason: string): void {
    this.connection.close(code, closeReason(reason))
  }

  #onFrame(bytes: Uint8Array): void {
    if (this.#faultCode !== undefined) return
    if (isMessagesFrame(bytes)) {
      const wrong = this.#handlers.messages(bytes)
      if (wrong?.kind === 'bad-frame') this.#refuse('bad-frame', CloseCode.badFrame, wrong.message)
      else if (wrong?.kind === 'too-large') this.#refuse('too-large', CloseCode.tooLarge, wrong.message)
      return
    }
    const decoded = decodeFrame(bytes)
    if (decoded.type === 'message') this.#onMessage(decoded.message)
    else if (decoded.type === 'unknown-frame') this.#handlers.unknownFrame()
    else if (decoded.type === 'bad-frame') this.#refuse('bad-frame', CloseCode.badFrame, decoded.detail)
    else this.#refuse('too-large', CloseCode.tooLarge, decoded.detail)
  }

  #onMessage(message: Message): void {
    const { credential } = this.connection
    if (message.type === 'hello' && credential?.isFor?.(message.self.name) === false) {
      this.#refuseHello('unverified', `the certificate of ${credential.id} is not for ${message.self.name}`)
      return
    }
    this.#handlers.message(message)
  }

  #onBreach(breach: Breach, detail: string): void {
    if (breach === 'text-frame') this.#refuse('bad-frame', CloseCode.badFrame, detail)
    else if (breach === 'too-large') this.#fault(breach, 1009, detail)
    else if (breach === 'websocket-error') this.#fault(breach, 1002, detail)
    else this.#refuseHello(breach, detail)
  }

  /** The peer may be anybody: what a verifier says of it is for our log. */
  #refuseHello(fault: HelloFault, detail: string): void {
    const { code, counter, tells } = helloFaults[fault]
    this.#fault(counter, code, detail)
    this.close(code, tells ?? detail)
  }

  #refuse(fault: LinkFault, code: number, detail: string): void {
    this.#fault(fault, code, detail)
    this.close(code, detail)
  }

  #fault(fault: LinkFault, code: number, detail: string): void {
    if (this.#faultCode !== undefined) return
    this.#faultCode = code
    this.#handlers.fault(fault, detail)
  }

  #onClosed(code: number | undefined): void {
    const seen = this.#faultCode ?? code
    const isOurs = this.#faultCode !== undefined
    this.#handlers.closed(seen === undefined ? {} : { code: seen, ...(isOurs ? { isOurs } : {}) })
  }
}

/** A reason that fits into a close frame: 123 bytes, and a character takes four at most. */
function closeReason(reason: string): string {
  return Buffer.byteLength(reason) <= 123 ? reason : [...reason].slice(0, 30).join('')
}
