// Opens connections to a member and leaves them as they are.
import { connect, type Socket } from 'node:net'
import { answer } from './helper.ts'

/** How far a connection gets before it is left. */
export type Left = 'tcp' | 'tls' | 'http' | 'upgraded'

export interface Attack {
  readonly host: string
  readonly port: number
  readonly left: Left
  readonly count: number
  readonly perSecond: number
  /** How many addresses they come from; 0: the one that the members have. */
  readonly sources: number
}

/** How it went. */
export interface AttackResult {
  /** Connections that the kernel of the victim took. */
  readonly connected: number
  /** Connections that have ended since. */
  readonly ended: number
  readonly tookMs: number
}

const TICK_MS = 10

const said: Readonly<Record<Left, Buffer>> = {
  tcp: Buffer.alloc(0),
  // A record of TLS that announces a ClientHello of 512 bytes, and its beginning.
  tls: Buffer.from('16030102000100 01fc0303'.replace(' ', ''), 'hex'),
  http: Buffer.from('GET /rollcall HTTP/1.1\r\nHost: x\r\nUpgrade: webs'),
  upgraded: Buffer.from(
    'GET /rollcall HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  ),
}

const sockets = new Set<Socket>()
let connected = 0
let ended = 0

function open({ host, port, left, sources }: Attack, index: number): void {
  const source = 1 + (index % Math.max(1, sources))
  const from = sources === 0 ? {} : { localAddress: `127.77.${source >> 8}.${source & 255}` }
  const socket = connect({ host, port, noDelay: true, ...from })
  sockets.add(socket)
  socket.on('error', () => {})
  socket.resume()
  socket.once('connect', () => {
    connected++
    if (said[left].length > 0) socket.write(said[left])
  })
  socket.once('close', () => {
    if (sockets.delete(socket)) ended++
  })
}

answer({
  /** Resolves when all have been tried. */
  async attack(attack: Attack): Promise<AttackResult> {
    connected = 0
    ended = 0
    const startedAt = performance.now()
    for (let tried = 0; tried < attack.count; ) {
      const due = Math.min(attack.count, ((performance.now() - startedAt) / 1000) * attack.perSecond)
      while (tried < due) open(attack, tried++)
      await new Promise((resolve) => setTimeout(resolve, TICK_MS))
    }
    return { connected, ended, tookMs: performance.now() - startedAt }
  },
  /** Ends all that is open. */
  stop() {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  },
})
