// Dials an address: a TCP connection, then TLS where it is spoken, then the WebSocket handshake. The first is told apart,
// since only that says something about the address, and only the others about the process.
import type { ClientRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { WebSocket } from 'ws'
import type { Address, Millis } from '../core/identity.ts'
import type { DialFailure } from '../core/input.ts'
import type { Credential, Protection } from '../security/protection.ts'
import type { TokenGate } from '../security/token-gate.ts'
import { isLoopback, parseAddress } from './address.ts'
import type { Connection } from './connection.ts'
import { webSocketOptions, zeroMask } from './websocket.ts'
import { WebSocketConnection } from './websocket-connection.ts'

/** What a dial tells: `connected` at most once, then exactly one of the other two. */
export interface DialHandlers {
  connected(): void
  opened(connection: Connection): void
  failed(why: DialFailure): void
}

/** A dial under way. */
export interface Dial {
  /** Gives up; `failed` still follows. Without effect once open. */
  abandon(): void
}

/** How this member dials. */
export interface DialerOptions {
  /** The path of the WebSocket at every member. */
  readonly path: string
  /** Our own address when we listen on a specific one; connections of the same family leave from there. */
  readonly localHost?: string
  /** How connections are secured; plain when absent. */
  readonly protection?: Protection | undefined
  /** Looks at what peers say first, where members show each other tokens. */
  readonly gate?: TokenGate | undefined
}

/** Opens a connection to an address. Handlers are never called before this returns. */
export type Dialer = (address: Address, connectTimeoutMs: Millis, handlers: DialHandlers) => Dial

const failures: Readonly<Record<string, DialFailure>> = {
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
  ENONET: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ETIMEDOUT: 'timeout',
}

/** A dialer for one member. */
export function createDialer(options: DialerOptions): Dialer {
  return (address, connectTimeoutMs, handlers) => {
    const target = parseAddress(address)
    if (target === undefined) {
      setImmediate(() => handlers.failed('other'))
      return { abandon: () => {} }
    }
    const socket = connect({ ...target, noDelay: true, ...leaveFrom(options.localHost, target.host) })
    const upgrade = (stream: Socket) =>
      new WebSocket(`ws://${address}${options.path}`, {
        ...webSocketOptions,
        generateMask: zeroMask,
        createConnection: () => stream,
        finishRequest: (request) => finish(request as ClientRequest),
      })
    return new DialAttempt(socket, options, upgrade, connectTimeoutMs, handlers)
  }
}

/** Sends the request for a WebSocket. No member answers by anything before its answer, and some could do so for ever. */
function finish(request: ClientRequest): void {
  request.on('information', () => request.destroy(new Error('an answer before the answer')))
  request.end()
}

/** TLS and the WebSocket are made once the connection stands: most dials of a dead member's address get neither. */
class DialAttempt implements Dial {
  readonly #socket: Socket
  readonly #protection: Protection | undefined
  readonly #gate: TokenGate | undefined
  readonly #upgrade: (stream: Socket) => WebSocket
  readonly #handlers: DialHandlers
  readonly #timer: NodeJS.Timeout
  /** What the WebSocket is to run on. */
  #stream: Socket
  #ws: WebSocket | undefined
  /** It is open, and our token is being read. */
  #atGate: Dial | undefined
  #isConnected = false
  #why: DialFailure | undefined

  constructor(
    socket: Socket,
    { protection, gate }: DialerOptions,
    upgrade: (stream: Socket) => WebSocket,
    connectTimeoutMs: Millis,
    handlers: DialHandlers,
  ) {
    this.#socket = socket
    this.#stream = socket
    this.#protection = protection
    this.#gate = gate
    this.#upgrade = upgrade
    this.#handlers = handlers
    this.#timer = setTimeout(() => {
      // After a stall timers run first, and an answer that has come waits to be read.
      setImmediate(() => socket.connecting && this.#giveUp('timeout'))
    }, connectTimeoutMs)
    socket.on('error', this.#onError)
    socket.on('close', this.#onClose)
    socket.once('connect', () => this.#connected())
  }

  abandon(): void {
    this.#giveUp('other')
    this.#atGate?.abandon()
  }

  #connected(): void {
    clearTimeout(this.#timer)
    this.#isConnected = true
    this.#handlers.connected()
    if (this.#socket.destroyed) return
    this.#socket.off('close', this.#onClose)
    if (this.#protection === undefined) {
      this.#open()
      return
    }
    this.#stream = this.#protection.dial(this.#socket, (credential) => {
      this.#stream.off('close', this.#onClose)
      this.#open(credential)
    })
    this.#stream.on('error', this.#onError)
    this.#stream.on('close', this.#onClose)
  }

  #open(credential?: Credential): void {
    const socket = this.#socket
    const stream = this.#stream
    const ws = this.#upgrade(stream)
    this.#ws = ws
    ws.on('error', this.#onError)
    ws.on('close', this.#onClose)
    ws.once('open', () => {
      // `ws` has a listener of its own for errors of the stream.
      stream.off('error', this.#onError)
      ws.off('error', this.#onError)
      ws.off('close', this.#onClose)
      const connection = new WebSocketConnection(ws, { socket, stream, credential })
      if (this.#gate === undefined) this.#handlers.opened(connection)
      else this.#atGate = this.#gate.dial(connection, this.#handlers)
    })
  }

  #giveUp(why: DialFailure): void {
    const ws = this.#ws
    if (ws !== undefined && ws.readyState !== ws.CONNECTING) return
    this.#why ??= why
    ws?.terminate()
    this.#stream.destroy()
    this.#socket.destroy()
  }

  readonly #onError = (error: NodeJS.ErrnoException): void => {
    this.#why ??= this.#isConnected
      ? // Now no error says that nobody listens there.
        (this.#protection?.failure(error) ?? 'other')
      : (failures[error.code ?? ''] ?? 'other')
  }

  readonly #onClose = (): void => {
    clearTimeout(this.#timer)
    this.#handlers.failed(this.#why ?? 'other')
  }
}

/** Where a connection leaves from. Loopback and the outside do not mix: the kernel refuses such a pair. */
function leaveFrom(localHost: string | undefined, host: string): { localAddress?: string } {
  if (localHost === undefined || localHost.includes(':') !== host.includes(':')) return {}
  return isLoopback(localHost) === isLoopback(host) ? { localAddress: localHost } : {}
}
