import { createServer as createHttp } from 'node:http'
import { connect as connectPlain, type Socket } from 'node:net'
import { type ConnectionOptions, connect } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import type { Limits } from '../../src/limits.ts'
import type { Connection } from '../../src/shell/connection.ts'
import { tcpServer, until } from '../shell/sockets.ts'
import { Ends, key, keys } from './ends.ts'

const ends = new Ends()
afterEach(() => ends.close())

/** Both ends of a link by the key `a`. */
async function linked() {
  const listening = await ends.listen(keys(key('a')).protection)
  const { told, ended, dialed } = ends.dial(listening.address, keys(key('a')).protection)
  await ended()
  await until('both are open', () => listening.connections.length === 1)
  return { told, dialed: dialed.connection as Connection, accepted: listening.connections[0] as Connection }
}

/** Starts a connection, and records what comes and that it has ended. */
function record(connection: Connection) {
  const seen = { frames: [] as string[], ends: [] as (number | undefined)[] }
  connection.start({
    frame: (bytes) => seen.frames.push(Buffer.from(bytes).toString()),
    breach: () => {},
    closed: (code) => seen.ends.push(code),
  })
  return seen
}

/** A client of TLS that is none of ours, and what became of it. */
async function foreign(address: string, options: ConnectionOptions) {
  const [host, port] = address.split(':')
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false, ...options })
  const seen: { secured?: boolean; error?: string | undefined; session?: Buffer } = {}
  socket.on('secureConnect', () => {
    seen.secured = true
  })
  socket.on('session', (session) => {
    seen.session = session
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    seen.error = error.code
  })
  socket.resume()
  ends.onClose(() => socket.destroy())
  await until('it is secured or has ended', () => seen.secured === true || socket.closed)
  return { socket, seen }
}

const byKey = (id: string, fill?: number): ConnectionOptions => ({
  minVersion: 'TLSv1.3',
  ciphers: 'TLS_AES_128_GCM_SHA256',
  pskCallback: () => ({ identity: id, psk: key(id, fill).secret }),
  checkServerIdentity: () => undefined,
})

describe('a connection by a shared key', () => {
  it('is a link that both ends say the key of', async () => {
    const { told, dialed, accepted } = await linked()
    expect(told).toEqual(['connected', 'opened'])
    expect([dialed.credential?.id, accepted.credential?.id]).toEqual(['a', 'a'])
    expect([dialed.remote, accepted.remote]).toEqual(['127.0.0.1', '127.0.0.1'])
  })

  it('carries frames both ways, and counts the bytes of the TCP connection', async () => {
    const { dialed, accepted } = await linked()
    const [atDialer, atListener] = [record(dialed), record(accepted)]
    for (let i = 0; i < 3; i++) dialed.send(Buffer.from(`ping ${i}`))
    await until('they came', () => atListener.frames.length === 3)
    accepted.send(Buffer.from('pong'))
    await until('it came', () => atDialer.frames.length === 1)
    expect(atListener.frames).toEqual(['ping 0', 'ping 1', 'ping 2'])
    expect(dialed.bytesRead).toBe(accepted.bytesWritten)
    expect(accepted.bytesRead).toBe(dialed.bytesWritten)
    // Three frames of 12 bytes, an HTTP request and the handshake.
    expect(dialed.bytesWritten).toBeGreaterThan(400)
  })

  it('says how much waits for a peer that does not read', async () => {
    const { dialed, accepted } = await linked()
    record(dialed)
    record(accepted)
    ;(accepted as unknown as { ws: { pause(): void } }).ws.pause()
    const frame = Buffer.alloc(1024 * 1024)
    const send = () => dialed.send(frame)
    for (let i = 0; i < 16; i++) send()
    await until('the kernel is full', () => dialed.bufferedAmount > 4 * 1024 * 1024)
    expect(dialed.bufferedAmount).toBeLessThan(17 * 1024 * 1024)
    const before = dialed.bufferedAmount
    for (let i = 0; i < 4; i++) send()
    expect(dialed.bufferedAmount - before).toBeGreaterThanOrEqual(4 * 1024 * 1024)
    ;(accepted as unknown as { ws: { resume(): void } }).ws.resume()
    await until('all is read', () => dialed.bufferedAmount === 0)
  })

  it('ends with its close code after all that was sent, at both ends', async () => {
    const { dialed, accepted } = await linked()
    const [atDialer, atListener] = [record(dialed), record(accepted)]
    for (let i = 0; i < 100; i++) accepted.send(Buffer.from('x'.repeat(1000)))
    accepted.close(4000, 'left')
    await until('both have ended', () => atDialer.ends.length + atListener.ends.length === 2)
    expect(atDialer.frames.length).toBe(100)
    expect([atDialer.ends, atListener.ends]).toEqual([[4000], [4000]])
  })

  it('ends without a code when the other end is destroyed', async () => {
    const { dialed, accepted } = await linked()
    const [atDialer, atListener] = [record(dialed), record(accepted)]
    accepted.terminate()
    await until('both have ended', () => atDialer.ends.length + atListener.ends.length === 2)
    expect([atDialer.ends, atListener.ends]).toEqual([[undefined], [undefined]])
  })
})

describe('a listener with shared keys', () => {
  it('accepts all of its keys, and of an id only its present secret', async () => {
    const { keyring, protection } = keys(key('a'), key('b'))
    const { address, connections, told, details } = await ends.listen(protection)
    const dialed = async (id: string, fill?: number) => {
      const dial = ends.dial(address, keys(key(id, fill)).protection)
      await dial.ended()
      return dial.told.at(-1)
    }
    expect([await dialed('a'), await dialed('b')]).toEqual(['opened', 'opened'])
    expect(connections.map(({ credential }) => credential?.id)).toEqual(['a', 'b'])
    expect(await dialed('c')).toBe('failed: key-refused')
    expect(await dialed('a', 7)).toBe('failed: key-refused')
    expect(told.filter((word) => word.includes('-'))).toEqual(['unknown-key', 'wrong-secret'])
    expect(details).toEqual(['its key "c" is not accepted here', 'its key "a" has another secret here'])
    keyring.replace([key('c')])
    expect([await dialed('c'), await dialed('a')]).toEqual(['opened', 'failed: key-refused'])
    expect(connections.map(({ credential }) => credential && protection.accepts(credential))).toEqual([
      false,
      false,
      true,
    ])
    keyring.replace([key('c', 7)])
    expect(connections.some(({ credential }) => credential && protection.accepts(credential))).toBe(false)
  })

  it('lets nobody in without a key: plain, with an older TLS, or with none to show', async () => {
    const { address, told, connections } = await ends.listen(keys(key('a')).protection)
    const plain = ends.dial(address)
    await plain.ended()
    expect(plain.told).toEqual(['connected', 'failed: other'])
    expect((await foreign(address, {})).seen.secured).toBeUndefined()
    expect(
      (
        await foreign(address, {
          ...byKey('a'),
          minVersion: 'TLSv1.2',
          maxVersion: 'TLSv1.2',
          ciphers: 'PSK',
        })
      ).seen.secured,
    ).toBeUndefined()
    await until('all were told', () => told.length === 6)
    expect(told).toEqual([
      'connection',
      'no-tls',
      'connection',
      'tls-handshake',
      'connection',
      'tls-handshake',
    ])
    expect(connections).toEqual([])
  })

  it('lets nobody resume a session, who may no longer have the key', async () => {
    const { address, told } = await ends.listen(keys(key('a')).protection)
    const { socket, seen } = await foreign(address, byKey('a'))
    expect(seen.secured).toBe(true)
    // Some answer, after which a ticket would have come.
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await until('it has answered', () => socket.closed)
    const { session } = seen
    expect(session).toBeInstanceOf(Buffer)
    const again = await foreign(address, { minVersion: 'TLSv1.3', session })
    expect(again.seen.secured).toBeUndefined()
    await until('it was told', () => told.includes('tls-handshake'))
  })

  it('answers no request but at its path', async () => {
    const { address } = await ends.listen(keys(key('a')).protection)
    const { socket } = await foreign(address, byKey('a'))
    let answer = ''
    socket.on('data', (data) => {
      answer += data.toString()
    })
    socket.write('GET /else HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    await until('it has answered', () => socket.closed)
    expect(answer).toMatch(/^HTTP\/1\.1 404 /)
  })

  it('tells nothing of a connection that ends before it has said anything', async () => {
    const { address, told } = await ends.listen(keys(key('a')).protection)
    const socket = connectPlain(Number(address.split(':')[1]), '127.0.0.1')
    socket.resume()
    socket.end()
    await until('it has ended', () => socket.closed)
    expect(told).toEqual(['connection'])
  })
})

describe('a stranger at a listener with shared keys', () => {
  const listen = (limits: Partial<Limits>) => ends.listen(keys(key('a')).protection, limits)

  it('has its time counted from the TCP connection on, over TLS and the WebSocket', async () => {
    const { address, told } = await listen({ handshakeTimeoutMs: 150 })
    const silent = connectPlain(Number(address.split(':')[1]), '127.0.0.1')
    const { socket: secured } = await foreign(address, byKey('a'))
    const { dialed, ended } = ends.dial(address, keys(key('a')).protection)
    await ended()
    const link = record(dialed.connection as Connection)
    silent.resume()
    await until('all are gone', () => silent.closed && secured.closed && link.ends.length === 1)
    expect(told.filter((word) => word === 'handshake-timeout')).toHaveLength(3)
    expect(link.ends).toEqual([4006])
  })

  it('may say little before its hello is accepted, whoever it is', async () => {
    const { address, told } = await listen({})
    const { dialed, ended } = ends.dial(address, keys(key('a')).protection)
    await ended()
    const connection = dialed.connection as Connection
    const link = record(connection)
    for (let i = 0; i < 3; i++) connection.send(Buffer.alloc(64 * 1024))
    await until('it is gone', () => link.ends.length === 1)
    expect(told).toContain('too-much-before-hello')
  })
})

describe('a dialer with shared keys', () => {
  it('says of a peer without TLS that it is not secured as we are', async () => {
    const mail = await tcpServer((socket) => socket.write('220 ready\r\n'))
    ends.onClose(mail.close)
    const plain = await ends.listen()
    const web = await ends.serve(createHttp())
    for (const address of [`127.0.0.1:${mail.port}`, plain.address, web]) {
      const { told, ended } = ends.dial(address, keys(key('a')).protection)
      await ended()
      expect(told).toEqual(['connected', 'failed: not-secured'])
    }
  })

  it('says nothing of the key when the peer resets or closes', async () => {
    const resetting = await tcpServer((socket: Socket) => socket.once('data', () => socket.resetAndDestroy()))
    const closing = await tcpServer((socket: Socket) => socket.once('data', () => socket.end()))
    ends.onClose(resetting.close)
    ends.onClose(closing.close)
    for (const { port } of [resetting, closing]) {
      const { told, ended } = ends.dial(`127.0.0.1:${port}`, keys(key('a')).protection)
      await ended()
      expect(told).toEqual(['connected', 'failed: other'])
    }
  })

  it('waits for a silent peer, until it is told to give up', async () => {
    const silent = await tcpServer(() => {})
    ends.onClose(silent.close)
    const { told, dial, ended } = ends.dial(`127.0.0.1:${silent.port}`, keys(key('a')).protection)
    await until('it is connected', () => told.length > 0)
    dial.abandon()
    await ended()
    expect(told).toEqual(['connected', 'failed: other'])
    await until('the socket is closed', () => silent.sockets.size === 0)
  })
})
