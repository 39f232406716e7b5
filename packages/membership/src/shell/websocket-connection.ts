// An open WebSocket of `ws` and the sockets below it, as the connection of a link.
import type { Socket } from 'node:net'
import type { RawData, WebSocket } from 'ws'
import type { Credential } from '../security/protection.ts'
import type { Connection, ConnectionHandlers } from './connection.ts'
import { CLOSE_TIMEOUT_MS } from './websocket.ts'

/** What a WebSocket runs on. */
export interface Transport {
  /** The TCP connection. */
  readonly socket: Socket
  /** What the WebSocket reads and writes: TLS over it, or itself. */
  readonly stream: Socket
  readonly credential?: Credential | undefined
}

/** A connection in production. */
export class WebSocketConnection implements Connection {
  readonly ws: WebSocket
  readonly remote: string
  readonly credential: Credential | undefined
  readonly #socket: Socket
  readonly #stream: Socket
  #handlers: ConnectionHandlers | undefined
  #endTimer: NodeJS.Timeout | undefined
  #isCorked = false

  constructor(ws: WebSocket, { socket, stream, credential }: Transport) {
    this.ws = ws
    this.remote = socket.remoteAddress ?? 'unknown'
    this.credential = credential
    this.#socket = socket
    this.#stream = stream
    ws.on('message', (data, isBinary) => this.#onMessage(data, isBinary))
    ws.on('error', (error) => this.#onError(error))
    ws.on('close', (code) => this.#onClose(code))
    // After the peer's end of stream `ws` waits for our side to drain, which a peer that has stopped reading prevents.
    stream.once('end', () => {
      this.#endTimer = setTimeout(() => ws.terminate(), CLOSE_TIMEOUT_MS)
    })
  }

  get isOpen(): boolean {
    return this.ws.readyState === this.ws.OPEN
  }

  get bufferedAmount(): number {
    return this.ws.bufferedAmount
  }

  get bytesWritten(): number {
    return this.#socket.bytesWritten
  }

  get bytesRead(): number {
    return this.#socket.bytesRead
  }

  start(handlers: ConnectionHandlers): void {
    this.#handlers = handlers
  }

  send(frame: Uint8Array): void {
    if (!this.isOpen) return
    this.#cork()
    this.ws.send(frame)
  }

  close(code: number, reason: string): void {
    if (!this.isOpen) return
    this.ws.close(code, reason)
    // The answer to the close frame is to be read.
    this.resume()
  }

  pause(): void {
    this.ws.pause()
  }

  resume(): void {
    if (this.ws.isPaused) this.ws.resume()
  }

  terminate(): void {
    this.ws.terminate()
  }

  /**
   * What is sent in one go is written at its end, all at once. Each write would wake the peer; on a busy machine that takes
   * the CPU from us, and what we send to others after that waits for it.
   */
  #cork(): void {
    if (this.#isCorked) return
    this.#isCorked = true
    this.#stream.cork()
    process.nextTick(() => {
      this.#isCorked = false
      this.#stream.uncork()
    })
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (isBinary && data instanceof Uint8Array) this.#handlers?.frame(data)
    else this.#handlers?.breach('text-frame', 'text frame')
  }

  /** Breaches of the WebSocket protocol itself: `ws` has sent the close frame. A broken socket is told by its close. */
  #onError(error: Error & { code?: string }): void {
    if (error.code?.startsWith('WS_ERR_') !== true) return
    const isTooLarge = error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
    this.#handlers?.breach(isTooLarge ? 'too-large' : 'websocket-error', error.message)
  }

  #onClose(code: number): void {
    clearTimeout(this.#endTimer)
    // 1006 is what `ws` says when there was no close frame.
    this.#handlers?.closed(code === 1006 ? undefined : code)
  }
}
