// The listening end of TLS, on sockets that somebody else has accepted. Node's TLS server does not say which socket
// one that it has secured came from; its remote address does.
import type { Socket } from 'node:net'
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls'

/** What becomes of a handshake. */
export interface HandshakeHandlers {
  done(socket: TLSSocket): void
  /** It failed, and the connection is being closed. */
  failed(error: NodeJS.ErrnoException, socket: TLSSocket): void
}

/** The longest there is: whoever hands in sockets ends those that take too long. */
const HANDSHAKE_TIMEOUT_MS = 2 ** 31 - 1

export class TlsAcceptor {
  /** Never listens; its context can be replaced. */
  readonly server: Server
  readonly #pending = new Map<string, HandshakeHandlers>()

  constructor(options: TlsOptions) {
    this.server = createServer({ handshakeTimeout: HANDSHAKE_TIMEOUT_MS, ...options })
    this.server.on('secureConnection', (socket) => {
      // Nobody listens to it yet, and it may have broken in this very moment.
      socket.on('error', () => {})
      const handlers = this.#take(socket)
      if (handlers === undefined) socket.destroy()
      else handlers.done(socket)
    })
    this.server.on('tlsClientError', (error, socket) => {
      this.#take(socket)?.failed(error, socket)
      socket.destroy()
    })
  }

  /** Starts a handshake. */
  accept(socket: Socket, handlers: HandshakeHandlers): void {
    const from = endsOf(socket)
    if (from === undefined) {
      socket.destroy()
      return
    }
    socket.on('error', () => {})
    this.#pending.set(from, handlers)
    socket.once('close', () => {
      if (this.#pending.get(from) === handlers) this.#pending.delete(from)
    })
    this.server.emit('connection', socket)
  }

  #take(socket: Socket): HandshakeHandlers | undefined {
    const from = endsOf(socket)
    if (from === undefined) return undefined
    const handlers = this.#pending.get(from)
    this.#pending.delete(from)
    return handlers
  }
}

/** Both ends of a connection; undefined once it is gone. */
function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string | undefined {
  return remoteAddress === undefined ? undefined : `${remoteAddress} ${remotePort} ${localAddress}`
}
