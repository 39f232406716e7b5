// Accepts WebSockets at one path, on an HTTP server of our own or on one that the host program has.
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import {
  type AddressInfo,
  createServer as createNetServer,
  type Server as NetServer,
  type Socket,
} from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { WebSocketServer } from 'ws'
import { CloseCode } from '../core/close-code.ts'
import { ListenError } from '../errors.ts'
import type { Protection } from '../security/protection.ts'
import type { TokenGate } from '../security/token-gate.ts'
import { type NoRequest, whatCame } from './bad-request.ts'
import type { Connection } from './connection.ts'
import { awaitRecord } from './first-record.ts'
import { openPort, untilListening } from './open-port.ts'
import type { Listening } from './platform.ts'
import { type Refusal, refusalTexts } from './refusal.ts'
import { type StrangerLimits, Strangers } from './strangers.ts'
import { webSocketOptions } from './websocket.ts'
import { type Transport, WebSocketConnection } from './websocket-connection.ts'

/** What a listener tells. */
export interface ListenerHandlers {
  /** A TCP connection came in (own server only). */
  connection(): void
  /** A connection became a WebSocket; `met` is to be called once it has said hello. */
  opened(connection: Connection, met: () => void): void
  /** A connection was turned away before it became a link, or for too many bytes before its hello. */
  refused(why: Refusal, remote: string, detail: string): void
  /** The server had an error after it listened. */
  error(error: Error): void
}

/** Where to listen. */
export interface ListenOptions {
  readonly path: string
  /** A server of the host program; when absent, one is made on host and port. */
  readonly server?: Server | HttpsServer
  /** Absent means all interfaces. */
  readonly host?: string
  readonly port: number
  readonly limits: StrangerLimits
  /** How connections to our own port are secured, and who may come by a server of TLS; plain when absent. */
  readonly protection?: Protection | undefined
  /** Looks at what peers say first, where members show each other tokens. */
  readonly gate?: TokenGate | undefined
}

/** Most bytes of the headers of a request: members send some 250. */
const MAX_HEADER_BYTES = 8192

/** Paths that members have, for each server of the host program: a second one there would break the first. */
const pathsInUse = new WeakMap<Server | HttpsServer, Set<string>>()

/** An open listener. */
export class Listener implements Listening {
  /** Where the server is bound. */
  readonly bound: { readonly host: string; readonly port: number }
  /** The host program's, or one that does not listen and is given the connections of our own port. */
  readonly #server: Server | HttpsServer
  readonly #port: NetServer | undefined
  readonly #path: string
  readonly #protection: Protection | undefined
  readonly #gate: TokenGate | undefined
  readonly #handlers: ListenerHandlers
  readonly #strangers: Strangers
  /** What the streams of secured connections run on. */
  readonly #transports = new WeakMap<Duplex, Transport>()
  readonly #acceptor = new WebSocketServer({ ...webSocketOptions, noServer: true, clientTracking: false })
  readonly #onUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    this.#upgrade(request, stream as Socket, head)
  }

  /** Takes over a server, and an own port that listens. Made by `openListener`. */
  constructor(
    server: Server | HttpsServer,
    port: NetServer | undefined,
    options: Pick<ListenOptions, 'path' | 'limits' | 'protection' | 'gate'>,
    handlers: ListenerHandlers,
  ) {
    const bound = (port ?? server).address() as AddressInfo
    this.bound = { host: bound.address, port: bound.port }
    this.#server = server
    this.#port = port
    this.#path = options.path
    this.#protection = options.protection
    this.#gate = options.gate
    this.#handlers = handlers
    this.#strangers = new Strangers(options.limits, (why, socket) => this.#turnedAway(why, socket))
    server.on('upgrade', this.#onUpgrade)
    if (port === undefined) return
    this.#refuseRequests()
    port.on('error', (error) => handlers.error(error))
    port.on('connection', (socket) => this.#connected(socket))
  }

  /** Accepts nothing any more. Links stay; a server of the host program stays open. */
  close(): void {
    this.#server.off('upgrade', this.#onUpgrade)
    this.#strangers.close()
    this.#gate?.close()
    if (this.#port !== undefined) this.#port.close()
    else releasePath(this.#server, this.#path)
  }

  #refused(why: Refusal, { remoteAddress = 'unknown' }: Socket, detail: string): void {
    this.#handlers.refused(why, remoteAddress, detail)
  }

  #turnedAway(why: keyof typeof refusalTexts, socket: Socket): void {
    this.#refused(why, socket, refusalTexts[why])
  }

  /** On our own port there is nothing but WebSockets. */
  #refuseRequests(): void {
    this.#server.on('request', (request, response) => {
      this.#turnedAway('not-found', request.socket)
      const status = pathOf(request) === this.#path ? 426 : 404
      response.writeHead(status, { Connection: 'close', 'Content-Length': 0 }).end()
    })
    this.#server.on('clientError', (error: NoRequest, socket: Socket) => {
      // The others are ends of the connection itself.
      if (error.code?.startsWith('HPE_')) this.#refused('bad-request', socket, whatCame(error))
      answer(socket, '400 Bad Request')
    })
  }

  /** A connection to our own port: a stranger, whatever it says; then TLS, where we speak it; then HTTP. */
  #connected(socket: Socket): void {
    this.#handlers.connection()
    if (!this.#strangers.admit(socket)) return
    const protection = this.#protection
    if (protection === undefined) this.#server.emit('connection', socket)
    else awaitRecord(socket, () => this.#secure(socket, protection))
  }

  #secure(socket: Socket, protection: Protection): void {
    protection.accept(socket, {
      secured: (stream, credential) => {
        this.#transports.set(stream, { socket, stream, credential })
        this.#server.emit('connection', stream)
      },
      refused: (why, detail) => this.#refused(why, socket, detail),
    })
  }

  #upgrade(request: IncomingMessage, stream: Socket, head: Buffer): void {
    if (pathOf(request) !== this.#path) {
      // On a server of the host program another listener may serve the other paths.
      if (this.#server.listenerCount('upgrade') > 1) return
      this.#turnedAway('not-found', stream)
      answer(stream, '404 Not Found')
      return
    }
    // Browsers send it with every WebSocket, whatever page opens it; no member is a browser.
    if (request.headers.origin !== undefined || request.headers['sec-websocket-origin'] !== undefined) {
      this.#turnedAway('origin', stream)
      answer(stream, '403 Forbidden')
      return
    }
    stream.on('error', () => {})
    const transport = this.#transports.get(stream) ?? this.#fromHost(stream)
    if (transport === undefined) return
    const { socket } = transport
    if (!this.#strangers.admit(socket)) return
    try {
      let opened = false
      this.#acceptor.handleUpgrade(request, stream, head, (ws) => {
        opened = true
        const connection = new WebSocketConnection(ws, transport)
        const end = () => connection.close(CloseCode.helloTimeout, 'no hello in time')
        this.#strangers.upgraded(socket, stream, end)
        const ready = (gated: Connection) => this.#handlers.opened(gated, () => this.#strangers.met(socket))
        if (this.#gate === undefined) ready(connection)
        else this.#gate.accept(connection, ready)
      })
      if (!opened) this.#turnedAway('handshake', socket)
    } catch (error) {
      // Two WebSocket servers at one path of a host program: the other one has taken this connection.
      this.#strangers.met(socket)
      this.#handlers.error(error as Error)
    }
  }

  /** A stream by a server of the host program, unless what it has shown there will not do. */
  #fromHost(stream: Socket): Transport | undefined {
    const transport = { socket: stream, stream }
    const protection = this.#protection
    if (protection === undefined) return transport
    const judged =
      stream instanceof TLSSocket
        ? protection.judge?.(stream)
        : ({ why: 'no-tls', detail: 'not by TLS' } as const)
    if (judged === undefined) return transport
    if (!('why' in judged)) return { ...transport, credential: judged }
    const hint =
      judged.why === 'no-certificate' ? ': the given server has to ask for one (requestCert: true)' : ''
    this.#refused(judged.why, stream, judged.detail + hint)
    answer(stream, '403 Forbidden')
    return undefined
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
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES })
  server.maxRequestsPerSocket = 1
  const port = createNetServer({ noDelay: true })
  await openPort(port, options.host, options.port)
  return new Listener(server, port, options, handlers)
}

async function attach(
  server: Server | HttpsServer,
  options: ListenOptions,
  handlers: ListenerHandlers,
): Promise<Listener> {
  const { path } = options
  claimPath(server, path)
  try {
    await untilListening(server)
    return new Listener(server, undefined, options, handlers)
  } catch (error) {
    releasePath(server, path)
    throw error
  }
}

function claimPath(server: Server | HttpsServer, path: string): void {
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

function releasePath(server: Server | HttpsServer, path: string): void {
  pathsInUse.get(server)?.delete(path)
}
