// Opens connections to a member and leaves them as they are.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { answer } from './helper.ts'

/** How far a connection gets before it is left; `refused`: to the end of a handshake with a key that is not the members'. */
export type Left = 'tcp' | 'tls' | 'refused' | 'http' | 'upgraded'

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

const said: Readonly<Record<Exclude<Left, 'refused'>, Buffer>> = {
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

/** A whole ClientHello for the id of a key, without its secret: whoever gets it has the work of a handshake before refusing it. */
async function wrongClientHello(): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const psk = { identity: 'a', psk: randomBytes(32) }
  const client = connectTls({ host: '127.0.0.1', port, minVersion: 'TLSv1.3', pskCallback: () => psk })
  client.on('error', () => {})
  const [socket] = (await once(server, 'connection')) as [Socket]
  const [hello] = (await once(socket, 'data')) as [Buffer]
  client.destroy()
  socket.destroy()
  server.close()
  return hello
}

function open({ host, port, sources }: Attack, says: Buffer, index: number): void {
  const source = 1 + (index % Math.max(1, sources))
  const from = sources === 0 ? {} : { localAddress: `127.77.${source >> 8}.${source & 255}` }
  const socket = connect({ host, port, noDelay: true, ...from })
  sockets.add(socket)
  socket.on('error', () => {})
  socket.resume()
  socket.once('connect', () => {
    connected++
    if (says.length > 0) socket.write(says)
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
    const { left } = attack
    const says = left === 'refused' ? await wrongClientHello() : said[left]
    const startedAt = performance.now()
    for (let tried = 0; tried < attack.count; ) {
      const due = Math.min(attack.count, ((performance.now() - startedAt) / 1000) * attack.perSecond)
      while (tried < due) open(attack, says, tried++)
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
