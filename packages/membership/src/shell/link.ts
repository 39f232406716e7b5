// One open WebSocket: frames in, frames out, and its end told exactly once. Bytes that break the rules end the link here,
// with a close code; the core sees only messages.
import type { Socket } from 'node:net'
import type { RawData, WebSocket } from 'ws'
import { CloseCode } from '../core/close-code.ts'
import type { LinkEnd, LinkId } from '../core/input.ts'
import type { Message } from '../core/message.ts'
import { decodeFrame } from './codec.ts'
import { CLOSE_TIMEOUT_MS } from './websocket.ts'
import { MAX_BUFFERED_BYTES } from './wire-limits.ts'

/** Why the shell itself ended a link. */
export type LinkFault = 'bad-frame' | 'too-large' | 'websocket-error' | 'slow-receiver'

/** What a link tells. Nothing is told after `closed`. */
export interface LinkHandlers {
  message(message: Message): void
  unknownFrame(): void
  /** The link is about to end because its peer broke a rule; `closed` follows. */
  fault(fault: LinkFault, detail: string): void
  closed(end: LinkEnd): void
}

/** One open link. */
export class Link {
  readonly id: LinkId
  readonly socket: Socket
  /** Where the connection comes from or goes to, for logs. */
  readonly remote: string
  readonly #ws: WebSocket
  readonly #handlers: LinkHandlers
  /** The code of a close that the shell brought about; the end is then never taken for the peer's. */
  #faultCode: number | undefined
  #endTimer: NodeJS.Timeout | undefined

  constructor(id: LinkId, ws: WebSocket, socket: Socket, handlers: LinkHandlers) {
    this.id = id
    this.socket = socket
    this.remote = socket.remoteAddress ?? 'unknown'
    this.#ws = ws
    this.#handlers = handlers
    ws.on('message', (data, isBinary) => this.#onMessage(data, isBinary))
    ws.on('error', (error) => this.#onError(error))
    ws.on('close', (code) => this.#onClose(code))
    // After the peer's end of stream `ws` waits for our side to drain, which a peer that has stopped reading prevents.
    socket.once('end', () => {
      this.#endTimer = setTimeout(() => this.#ws.terminate(), CLOSE_TIMEOUT_MS)
    })
  }

  /** Queues frames; dropped when the link is closing. Cuts the link when its receiver is too slow. */
  send(frames: readonly Uint8Array[]): void {
    for (const frame of frames) {
      if (this.#ws.readyState !== this.#ws.OPEN) return
      this.#ws.send(frame)
    }
    if (this.#ws.bufferedAmount <= MAX_BUFFERED_BYTES) return
    this.#fault('slow-receiver', CloseCode.slow, `${this.#ws.bufferedAmount} bytes wait to be sent`)
    this.#ws.terminate()
  }

  /** Sends a close frame after what is queued, and keeps reading until the socket closes, for at most a second. */
  close(code: number, reason: string): void {
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.close(code, closeReason(reason))
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (this.#faultCode !== undefined) return
    if (!isBinary || !(data instanceof Uint8Array)) {
      this.#refuse('bad-frame', CloseCode.badFrame, 'text frame')
      return
    }
    const decoded = decodeFrame(data)
    if (decoded.type === 'message') this.#handlers.message(decoded.message)
    else if (decoded.type === 'unknown-frame') this.#handlers.unknownFrame()
    else if (decoded.type === 'bad-frame') this.#refuse('bad-frame', CloseCode.badFrame, decoded.detail)
    else this.#refuse('too-large', CloseCode.tooLarge, decoded.detail)
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

  /** Breaches of the WebSocket protocol itself: `ws` has sent the close frame. A broken socket is told by its close. */
  #onError(error: Error & { code?: string }): void {
    if (error.code?.startsWith('WS_ERR_') !== true) return
    if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') this.#fault('too-large', 1009, error.message)
    else this.#fault('websocket-error', 1002, error.message)
  }

  #onClose(code: number): void {
    clearTimeout(this.#endTimer)
    // 1006 is what `ws` says when there was no close frame.
    const seen = this.#faultCode ?? (code === 1006 ? undefined : code)
    this.#handlers.closed(seen === undefined ? {} : { code: seen })
  }
}

/** A reason that fits into a close frame: 123 bytes, and a character takes four at most. */
function closeReason(reason: string): string {
  return Buffer.byteLength(reason) <= 123 ? reason : [...reason].slice(0, 30).join('')
}
