import { createServer } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { createDialer, type Dial } from '../../src/shell/dialer.ts'
import type { WebSocketConnection } from '../../src/shell/websocket-connection.ts'
import { closedPort, tcpServer, until } from './sockets.ts'

const cleanUp: (() => void)[] = []
afterEach(() => {
  for (const clean of cleanUp.splice(0)) clean()
})

async function echoServer(host = '127.0.0.1') {
  const seen: { from?: string | undefined; extensions?: string | undefined } = {}
  const server = createServer()
  const acceptor = new WebSocketServer({ server, path: '/rollcall' })
  acceptor.on('connection', (_, request) => {
    seen.from = request.socket.remoteAddress
    seen.extensions = request.headers['sec-websocket-extensions']
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  cleanUp.push(() => {
    for (const client of acceptor.clients) client.terminate()
    server.close()
  })
  return { port: (server.address() as { port: number }).port, seen }
}

/** Dials and records what is told. */
function dial(
  address: string,
  { localHost, timeoutMs = 2000 }: { localHost?: string; timeoutMs?: number } = {},
) {
  const told: string[] = []
  let ws: WebSocket | undefined
  const dialer = createDialer({ path: '/rollcall', ...(localHost === undefined ? {} : { localHost }) })
  const dial: Dial = dialer(address, timeoutMs, {
    connected: () => told.push('connected'),
    opened: (connection) => {
      told.push('opened')
      ws = (connection as WebSocketConnection).ws
      cleanUp.push(() => connection.terminate())
    },
    failed: (why) => told.push(`failed: ${why}`),
  })
  expect(told).toEqual([])
  return {
    told,
    dial,
    ended: () => until('the dial ends', () => told.some((word) => word !== 'connected')),
    ws: () => ws,
  }
}

describe('dialer', () => {
  it('tells the TCP connection first and then the WebSocket, and offers no compression', async () => {
    const { port, seen } = await echoServer()
    const { told, ended, ws } = dial(`127.0.0.1:${port}`)
    await ended()
    expect(told).toEqual(['connected', 'opened'])
    expect(ws()?.extensions).toBe('')
    expect(seen.extensions).toBeUndefined()
  })

  it('leaves from its own address when there is one', async () => {
    const { port, seen } = await echoServer()
    const { told, ended } = dial(`127.0.0.1:${port}`, { localHost: '127.0.0.77' })
    await ended()
    expect(told).toEqual(['connected', 'opened'])
    expect(seen.from).toBe('127.0.0.77')
  })

  it('reaches IPv6, whatever its own IPv4 address', async () => {
    const { port } = await echoServer('::1')
    const { told, ended } = dial(`[::1]:${port}`, { localHost: '127.0.0.1' })
    await ended()
    expect(told).toEqual(['connected', 'opened'])
  })

  it('says refused when nothing listens', async () => {
    const { told, ended } = dial(`127.0.0.1:${await closedPort()}`)
    await ended()
    expect(told).toEqual(['failed: refused'])
  })

  it('says unreachable when its own address is gone', async () => {
    const { port } = await echoServer()
    // TEST-NET-1 is nobody's: binding to it fails as it does when a pod's address is taken away.
    const { told, ended } = dial(`198.51.100.1:${port}`, { localHost: '192.0.2.1' })
    await ended()
    expect(told).toEqual(['failed: unreachable'])
  })

  it('says other when the peer accepts and resets, is not a WebSocket, or has another path', async () => {
    const resetting = await tcpServer((socket) => socket.resetAndDestroy())
    const talking = await tcpServer((socket) => socket.end('220 ready\r\n'))
    const refusing = await tcpServer((socket) =>
      socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'),
    )
    cleanUp.push(resetting.close, talking.close, refusing.close)
    for (const { port } of [resetting, talking, refusing]) {
      const { told, ended } = dial(`127.0.0.1:${port}`)
      await ended()
      // A reset can overtake the news of the connection.
      expect(told.at(-1)).toBe('failed: other')
    }
  })

  it('is not held up by a peer that has no end of answers before its answer', async () => {
    const server = await tcpServer((socket) => {
      const more = () => socket.destroyed || socket.write('HTTP/1.1 100 Continue\r\n\r\n', more)
      more()
    })
    cleanUp.push(server.close)
    const { told, ended } = dial(`127.0.0.1:${server.port}`)
    await ended()
    expect(told).toEqual(['connected', 'failed: other'])
    await until('the socket is closed', () => server.sockets.size === 0)
  })

  it('waits for a silent peer after the connection stands, until it is told to give up', async () => {
    const silent = await tcpServer(() => {})
    cleanUp.push(silent.close)
    const { told, dial: pending, ended } = dial(`127.0.0.1:${silent.port}`, { timeoutMs: 50 })
    await until('connected', () => told.length > 0)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(told).toEqual(['connected'])
    pending.abandon()
    await ended()
    expect(told).toEqual(['connected', 'failed: other'])
    await until('the socket is closed', () => silent.sockets.size === 0)
  })

  it('does not take for silence what was answered while the process was busy', async () => {
    const { port } = await echoServer()
    const { told, ended } = dial(`127.0.0.1:${port}`, { timeoutMs: 50 })
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
    await ended()
    expect(told).toEqual(['connected', 'opened'])
  })

  it('can be given up before the connection stands, once or twice', async () => {
    const { port } = await echoServer()
    const { told, dial: pending, ended } = dial(`127.0.0.1:${port}`)
    pending.abandon()
    pending.abandon()
    await ended()
    expect(told).toEqual(['failed: other'])
  })

  it('says other about an address that is none', async () => {
    const { told, ended } = dial('example.org:80')
    await ended()
    expect(told).toEqual(['failed: other'])
  })
})
