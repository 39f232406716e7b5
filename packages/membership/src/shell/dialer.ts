// Dials an address: a TCP connection, then the WebSocket handshake on it, each told apart, since only the first
// says something about the address and only the second about the process.
import { connect, type Socket } from 'node:net'
import { WebSocket } from 'ws'
import type { Address, Millis } from '../core/identity.ts'
import type { DialFailure } from '../core/input.ts'
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
    const upgrade = () =>
      new WebSocket(`ws://${address}${options.path}`, {
        ...webSocketOptions,
        generateMask: zeroMask,
        createConnection: () => socket,
      })
    return watchDial(socket, upgrade, connectTimeoutMs, handlers)
  }
}

/** The WebSocket is made once the connection stands: most dials of a dead member's address get none. */
function watchDial(
  socket: Socket,
  upgrade: () => WebSocket,
  connectTimeoutMs: Millis,
  handlers: DialHandlers,
): Dial {
  let ws: WebSocket | undefined
  let why: DialFailure | undefined
  const giveUp = (reason: DialFailure) => {
    if (ws !== undefined && ws.readyState !== ws.CONNECTING) return
    why ??= reason
    ws?.terminate()
    socket.destroy()
  }
  const timer = setTimeout(() => {
    // After a stall timers run first, and an answer that has come waits to be read.
    setImmediate(() => socket.connecting && giveUp('timeout'))
  }, connectTimeoutMs)
  const onError = (error: NodeJS.ErrnoException) => {
    // After the connection stands no error says that nobody listens there.
    why ??= socketConnected ? 'other' : (failures[error.code ?? ''] ?? 'other')
  }
  const onClose = () => {
    clearTimeout(timer)
    handlers.failed(why ?? 'other')
  }
  let socketConnected = false
  socket.on('error', onError)
  socket.on('close', onClose)
  socket.once('connect', () => {
    clearTimeout(timer)
    socketConnected = true
    handlers.connected()
    if (socket.destroyed) return
    socket.off('close', onClose)
    const opening = upgrade()
    ws = opening
    opening.on('error', onError)
    opening.on('close', onClose)
    opening.once('open', () => {
      socket.off('error', onError)
      opening.off('error', onError)
      opening.off('close', onClose)
      handlers.opened(new WebSocketConnection(opening, socket))
    })
  })
  return { abandon: () => giveUp('other') }
}

/** Where a connection leaves from. Loopback and the outside do not mix: the kernel refuses such a pair. */
function leaveFrom(localHost: string | undefined, host: string): { localAddress?: string } {
  if (localHost === undefined || localHost.includes(':') !== host.includes(':')) return {}
  return isLoopback(localHost) === isLoopback(host) ? { localAddress: localHost } : {}
}
