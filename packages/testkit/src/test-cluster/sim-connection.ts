// A simulated WebSocket as a member's link takes it.
import type { Connection, ConnectionHandlers } from '@rollcall/membership/internal'
import type { DialEnd, SimWebSocket, WebSocketOwner } from '../sim/sim-web-socket.ts'

/** What becomes of a WebSocket that is being opened. */
export interface OpeningHandlers {
  /** The TCP connection stands. */
  connected(): void
  opened(connection: Connection): void
  failed(why: DialEnd): void
}

/** An owner for one WebSocket: once that is open, it is a connection. */
export function ownerOf(handlers: OpeningHandlers): WebSocketOwner {
  let connection: SimConnection | undefined
  return {
    connected: () => handlers.connected(),
    failed: (_, why) => handlers.failed(why),
    opened: (ws) => {
      connection = new SimConnection(ws)
      handlers.opened(connection)
    },
    data: (_, bytes) => connection?.receive(bytes),
    closed: (_, code) => connection?.end(code),
  }
}

class SimConnection implements Connection {
  readonly remote: string
  bytesWritten = 0
  bytesRead = 0
  readonly #ws: SimWebSocket
  #handlers: ConnectionHandlers | undefined
  /** What has come while nothing was to be read. */
  #unread: (() => void)[] | undefined

  constructor(ws: SimWebSocket) {
    this.#ws = ws
    this.remote = ws.socket.peer?.host.ip ?? 'unknown'
  }

  get isOpen(): boolean {
    return this.#ws.state === 'open'
  }

  get bufferedAmount(): number {
    return this.#ws.bufferedBytes
  }

  start(handlers: ConnectionHandlers): void {
    this.#handlers = handlers
  }

  send(frame: Uint8Array): void {
    if (!this.isOpen) return
    this.bytesWritten += frame.length
    // Two processes share no memory: what one of them writes to its bytes later the other does not see.
    this.#ws.send(frame.slice())
  }

  close(code: number): void {
    this.#ws.close(code)
    this.resume()
  }

  pause(): void {
    this.#unread ??= []
  }

  resume(): void {
    const unread = this.#unread ?? []
    this.#unread = undefined
    for (const read of unread) read()
  }

  terminate(): void {
    this.#ws.terminate()
  }

  receive(frame: Uint8Array): void {
    if (this.#unread !== undefined) {
      this.#unread.push(() => this.receive(frame))
      return
    }
    this.bytesRead += frame.length
    this.#handlers?.frame(frame)
  }

  end(code: number | undefined): void {
    if (this.#unread !== undefined) {
      this.#unread.push(() => this.end(code))
      return
    }
    this.#handlers?.closed(code)
  }
}
