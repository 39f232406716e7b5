import { createServer, request, type Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { defaultLimits, type Limits } from '../../src/limits.ts'
import type { Connection } from '../../src/shell/connection.ts'
import { openListener } from '../../src/shell/listener.ts'
import { until } from './sockets.ts'

const cleanUp: (() => unknown)[] = []
let refused: string[]
let details: string[]
let opened: { readonly connection: Connection; readonly met: () => void }[]
beforeEach(() => {
  refused = []
  details = []
  opened = []
})
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean()
})

/** Listens; gives the port. */
async function listen(limits: Partial<Limits> = {}, server?: Server): Promise<number> {
  const listener = await openListener(
    {
      ...{ path: '/rollcall', host: '127.0.0.1', port: 0, limits: { ...defaultLimits, ...limits } },
      ...(server === undefined ? {} : { server }),
    },
    {
      connection: () => {},
      opened: (connection, met) => {
        connection.start({ frame: () => {}, breach: () => {}, closed: () => {} })
        opened.push({ connection, met })
      },
      refused: (why, _, detail) => {
        refused.push(why)
        details.push(detail)
      },
      error: () => {},
    },
  )
  cleanUp.push(() => listener.close())
  return listener.bound.port
}

/** A host's server, which answers on all other paths. */
async function hostServer(): Promise<Server> {
  const server = createServer((_request, response) => response.end('host'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return server
}

/** Sends bytes over TCP and resolves with all that comes until the other side ends. */
function said(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket: Socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    let answer = ''
    socket.on('data', (data) => {
      answer += data
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
    cleanUp.push(() => socket.destroy())
  })
}

function webSocket(port: number, options: object = {}, path = '/rollcall'): WebSocket {
  const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, options)
  ws.on('error', () => {})
  cleanUp.push(() => ws.terminate())
  return ws
}

/** The status with which a WebSocket is refused. */
function statusOf(ws: WebSocket): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    ws.once('unexpected-response', (_request, response) => resolve(response.statusCode))
    ws.once('open', () => reject(new Error('it was let in')))
  })
}

const upgrade = (extra = '', path = '/rollcall') =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${extra}\r\n`

describe('an own port', () => {
  it.each<[string, string, string, string]>([
    ['a page', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', '404', 'not-found'],
    ['its path without a WebSocket', 'GET /rollcall HTTP/1.1\r\nHost: x\r\n\r\n', '426', 'not-found'],
    ['a WebSocket at another path', upgrade('', '/other'), '404', 'not-found'],
    ['a WebSocket without a key', upgrade(), '400', 'handshake'],
    [
      'a body of any length',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\nx',
      '404',
      'not-found',
    ],
    ['a second request behind the first', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(3), '404', 'not-found'],
    ['another protocol', 'EHLO mail.example\r\n\r\n', '400', 'bad-request'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', '400', 'bad-request'],
    ['endless headers', `GET / HTTP/1.1\r\nA: ${'x'.repeat(9000)}\r\n\r\n`, '400', 'bad-request'],
  ])('answers %s with a status and nothing else, and closes', async (_, bytes, status, counter) => {
    const answer = await said(await listen(), bytes)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(answer.match(/HTTP\/1.1/g)).toHaveLength(1)
    if (counter !== 'handshake') expect(answer.split('\r\n\r\n')[1]).toBe('')
    expect(refused).toEqual([counter])
    expect(details).toEqual([expect.stringMatching(/^its? \w+ /)])
    expect(opened).toEqual([])
  })

  it('says by which limit it has dropped a connection', async () => {
    const port = await listen({ pendingHandshakesPerAddress: 1, handshakeTimeoutMs: 50 })
    const dropped = said(port, '')
    await said(port, '')
    await dropped
    expect(refused).toEqual(['busy-address', 'handshake-timeout'])
    expect(details[0]).toContain('limits.pendingHandshakesPerAddress')
    expect(details[1]).toContain('limits.handshakeTimeoutMs')
  })

  it('closes a connection that asks to become a tunnel, without a word', async () => {
    expect(await said(await listen(), 'CONNECT 10.0.0.1:443 HTTP/1.1\r\nHost: x\r\n\r\n')).toBe('')
  })

  it.each([
    ['nothing', ''],
    ['half a header', 'GET /rollcall HTTP/1.1\r\nHost: x\r\nUpgr'],
    ['half a body', 'POST /rollcall HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n'],
  ])('does not wait for ever for one that says %s', async (_, bytes) => {
    await said(await listen({ handshakeTimeoutMs: 50 }), bytes)
    expect(refused).toEqual(['handshake-timeout'])
  })

  it('closes a WebSocket that says no hello, and keeps one that was met', async () => {
    const port = await listen({ handshakeTimeoutMs: 200 })
    const both = [webSocket(port), webSocket(port)]
    await until('both are open', () => opened.length === 2)
    opened[1]?.met()
    const closed = () => both.filter(({ readyState }) => readyState === WebSocket.CLOSED).length
    await until('one is closed', () => closed() === 1)
    expect(refused).toEqual(['handshake-timeout'])
  })

  it('lets a newcomer in when as many wait as may, and drops another for it', async () => {
    const port = await listen({ pendingHandshakes: 3 })
    const waiting = Array.from({ length: 3 }, () => connect(port, '127.0.0.1'))
    for (const socket of waiting) socket.on('error', () => {})
    cleanUp.push(() => {
      for (const socket of waiting) socket.destroy()
    })
    await Promise.all(waiting.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
    webSocket(port)
    await until('it is let in', () => opened.length === 1)
    expect(refused).toEqual(['busy'])
  })
})

describe('pages in browsers', () => {
  it.each([
    ['an own port', async () => undefined],
    ['a server of the host program', hostServer],
  ])('get no WebSocket on %s', async (_, server) => {
    const port = await listen({}, await server())
    expect(await statusOf(webSocket(port, { origin: 'https://evil.example' }))).toBe(403)
    expect(await statusOf(webSocket(port, { origin: 'null' }))).toBe(403)
    expect(refused).toEqual(['origin', 'origin'])
    webSocket(port)
    await until('a member is let in', () => opened.length === 1)
  })
})

describe('a server of the host program', () => {
  it('goes on to serve its own requests', async () => {
    const server = await hostServer()
    const port = await listen({}, server)
    const answer = await new Promise<number | undefined>((resolve) =>
      request({ port, host: '127.0.0.1', path: '/' }, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).end(),
    )
    expect(answer).toBe(200)
    webSocket(port)
    await until('a member is let in', () => opened.length === 1)
    expect(refused).toEqual([])
  })
})
