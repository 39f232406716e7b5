// Accepts WebSockets at one path, on an HTTP server of our own or on one that the host program has.
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { CloseCode } from '../core/close-code.ts'
import { ListenError } from '../errors.ts'
import type { Connection } from './connection.ts'
import type { Listening } from './platform.ts'
import { type StrangerLimits, type StrangerRefusal, Strangers } from './strangers.ts'
import { webSocketOptions } from './websocket.ts'
import { WebSocketConnection } from './websocket-connection.ts'

/**
 * Why the listener turned a connection away: also for a request that is none (`bad-request`), asks for another path or for
 * no WebSocket (`not-found`, own port only), comes from a page in a browser (`origin`), or gets the WebSocket handshake wrong.
 */
export type Refusal = StrangerRefusal | 'bad-request' | 'not-found' | 'origin' | 'handshake'

/** What a listener tells. */
export interface ListenerHandlers {
  /** A TCP connection came in (own server only). */
  connection(): void
  /** A connection became a WebSocket; `met` is to be called once it has said hello. */
  opened(connection: Connection, met: () => void): void
  /** A connection was turned away before it became a link, or for too many bytes before its hello. */
  refused(why: Refusal, remote: string): void
  /** The server had an error after it listened. */
  error(error: Error): void
}

/** Where to listen. */
export interface ListenOptions {
  readonly path: string
  /** A server of the host program; when absent, one is made on host and port. */
  readonly server?: Server
  /** Absent means all interfaces. */
  readonly host?: string
  readonly port: number
  readonly limits: StrangerLimits
}

/** Most bytes of the headers of a request: members send some 250. */
const MAX_HEADER_BYTES = 8192
/** Connections that wait in the kernel until we accept them, as far as the kernel lets us: Node's 511 are soon full. */
const BACKLOG = 4096

/** How long a server of the host program may take until it listens. */
const ATTACH_TIMEOUT_MS = 10_000

/** Paths that members have, for each server of the host program: a second one there would break the first. */
const pathsInUse = new WeakMap<Server, Set<string>>()

/** An open listener. */
export class Listener implements Listening {
  /** Where the server is bound. */
  readonly bound: { readonly host: string; readonly port: number }
  readonly #server: Server
  readonly #owned: boolean
  readonly #path: string
  readonly #handlers: ListenerHandlers
  readonly #strangers: Strangers
  readonly #acceptor = new WebSocketServer({ ...webSocketOptions, noServer: true, clientTracking: false })
  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    this.#upgrade(request, socket as Socket, head)
  }

  /** Takes over a server that listens. Made by `openListener`. */
  constructor(server: Server, owned: boolean, { path, limits }: ListenOptions, handlers: ListenerHandlers) {
    const { address, port } = server.address() as AddressInfo
    this.bound = { host: address, port }
    this.#server = server
    this.#owned = owned
    this.#path = path
    this.#handlers = handlers
    this.#strangers = new Strangers(limits, (why, socket) => this.#refused(why, socket))
    server.on('upgrade', this.#onUpgrade)
    if (!owned) return
    server.on('error', (error) => handlers.error(error))
    server.on('request', (request, response) => {
      this.#refused('not-found', request.socket)
      const status = pathOf(request) === path ? 426 : 404
      response.writeHead(status, { Connection: 'close', 'Content-Length': 0 }).end()
    })
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      // The others are ends of the connection itself.
      if (error.code?.startsWith('HPE_')) this.#refused('bad-request', socket)
      answer(socket, '400 Bad Request')
    })
    server.on('connection', (socket: Socket) => {
      handlers.connection()
      this.#strangers.admit(socket)
    })
  }

  /** Accepts nothing any more. Links stay; a server of the host program stays open. */
  close(): void {
    this.#server.off('upgrade', this.#onUpgrade)
    this.#strangers.close()
    if (this.#owned) this.#server.close()
    else releasePath(this.#server, this.#path)
  }

  #refused(why: Refusal, socket: Socket): void {
    this.#handlers.refused(why, socket.remoteAddress ?? 'unknown')
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    if (pathOf(request) !== this.#path) {
      // On a server of the host program another listener may serve the other paths.
      if (this.#server.listenerCount('upgrade') > 1) return
      this.#refused('not-found', socket)
      answer(socket, '404 Not Found')
      return
    }
    // Browsers send it with every WebSocket, whatever page opens it; no member is a browser.
    if (request.headers.origin !== undefined || request.headers['sec-websocket-origin'] !== undefined) {
      this.#refused('origin', socket)
      answer(socket, '403 Forbidden')
      return
    }
    socket.on('error', () => {})
    this.#strangers.admit(socket)
    try {
      let opened = false
      this.#acceptor.handleUpgrade(request, socket, head, (ws) => {
        opened = true
        const connection = new WebSocketConnection(ws, socket)
        const end = () => connection.close(CloseCode.helloTimeout, 'no hello in time')
        this.#strangers.upgraded(socket, end)
        this.#handlers.opened(connection, () => this.#strangers.met(socket))
      })
      if (!opened) this.#refused('handshake', socket)
    } catch (error) {
      // Two WebSocket servers at one path of a host program: the other one has taken this connection.
      this.#strangers.met(socket)
      this.#handlers.error(error as Error)
    }
  }
}

function pathOf(request: IncomingMessage): string | undefined {
  return request.url?.split('?', 1)[0]
}

/** Answers with a status and no more, and closes: whoever goes on talking is not listened to. */
function answer(socket: Socket, status: string): void {
  socket.on('error', () => {})
  if (!socket.writable) {
    socket.destroy()
    return
  }
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy())
}

/**
 * Opens a listener.
 *
 * @throws ListenError when the port cannot be opened, or the given server does not listen within ten seconds or has a
 * member at this path already.
 */
export async function openListener(options: ListenOptions, handlers: ListenerHandlers): Promise<Listener> {
  if (options.server !== undefined) {
    return attach(options.server, options, handlers)
  }
  const server = createServer({ keepAlive: false, noDelay: true, maxHeaderSize: MAX_HEADER_BYTES })
  server.maxRequestsPerSocket = 1
  await listen(server, options.host, options.port)
  return new Listener(server, true, options, handlers)
}

async function attach(server: Server, options: ListenOptions, handlers: ListenerHandlers): Promise<Listener> {
  const { path } = options
  claimPath(server, path)
  try {
    await untilListening(server)
    return new Listener(server, false, options, handlers)
  } catch (error) {
    releasePath(server, path)
    throw error
  }
}

function claimPath(server: Server, path: string): void {
  const paths = pathsInUse.get(server) ?? new Set()
  if (paths.has(path)) {
    const bound = server.address()
    const { address, port } =
      typeof bound === 'object' && bound !== null ? bound : { address: undefined, port: 0 }
    const text = `path ${path} of the given server is in use by another member`
    throw new ListenError('ERR_ROLLCALL_PORT_IN_USE', text, address, port)
  }
  pathsInUse.set(server, paths.add(path))
}

function releasePath(server: Server, path: string): void {
  pathsInUse.get(server)?.delete(path)
}

function listen(server: Server, host: string | undefined, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => reject(listenError(error, host, port))
    server.once('error', onError)
    server.listen(
      { port, exclusive: true, backlog: BACKLOG, ...(host === undefined ? {} : { host }) },
      () => {
        server.off('error', onError)
        resolve()
      },
    )
  })
}

function listenError(error: NodeJS.ErrnoException, host: string | undefined, port: number): ListenError {
  const where = host === undefined ? `port ${port}` : `${host} port ${port}`
  if (error.code === 'EADDRINUSE') {
    return new ListenError('ERR_ROLLCALL_PORT_IN_USE', `${where} is in use`, host, port, error)
  }
  if (error.code === 'EADDRNOTAVAIL') {
    const text = `no interface of this machine has the address ${host ?? ''}`
    return new ListenError('ERR_ROLLCALL_ADDRESS_NOT_OURS', text, host, port, error)
  }
  return new ListenError(
    'ERR_ROLLCALL_LISTEN',
    `cannot listen on ${where}: ${error.message}`,
    host,
    port,
    error,
  )
}

/** Waits for a server of the host program, on which `listen()` may have been called a moment ago. */
function untilListening(server: Server): Promise<void> {
  const problem = (text: string, cause?: unknown) =>
    new ListenError('ERR_ROLLCALL_LISTEN', `the given server ${text}`, undefined, 0, cause)
  if (server.listening) {
    const tcp = typeof server.address() === 'object'
    return tcp ? Promise.resolve() : Promise.reject(problem('does not listen on a TCP port'))
  }
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      clearTimeout(timer)
      server.off('listening', onListening)
      server.off('error', onError)
      finish()
    }
    const onListening = () => settle(() => resolve(untilListening(server)))
    const onError = (error: Error) => settle(() => reject(problem(`cannot listen: ${error.message}`, error)))
    const timer = setTimeout(() => settle(() => reject(problem('does not listen'))), ATTACH_TIMEOUT_MS)
    server.once('listening', onListening)
    server.once('error', onError)
  })
}
