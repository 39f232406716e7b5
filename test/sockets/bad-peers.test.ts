import { randomBytes } from 'node:crypto'
import { connect, createServer, type Socket } from 'node:net'
import { CloseCode, type Cluster, type JoinOptions } from '@rollcall/membership'
import { defaultLimits } from '@rollcall/membership/internal'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { bytes, hello } from './support/frames.ts'
import { agreed, Members, recorder } from './support/members.ts'
import { until } from './support/until.ts'

const members = new Members()
const cleanUp: (() => unknown)[] = []
let one: Cluster
let other: Cluster
let lines: string[]

beforeEach(async () => {
  const log = recorder()
  lines = log.lines
  one = await member('one', { logger: log.logger })
  other = await member('other')
  await agreed([one, other])
})
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean()
  await members.leave()
})

function member(name: string, options: Partial<JoinOptions> = {}): Promise<Cluster> {
  const seeds = async () => one?.view.self.addresses ?? []
  return members.join({
    name,
    host: '127.0.0.1',
    port: 0,
    seeds,
    protocol: { helloTimeoutMs: 500 },
    ...options,
  })
}

const portOf = (cluster: Cluster) => Number(cluster.view.self.addresses[0]?.split(':')[1])
/** Connects to `one`, says these frames, and resolves with the code of the close that it gets. */
async function closeCodeAfter(...frames: (Uint8Array | string)[]): Promise<number> {
  const ws = new WebSocket(`ws://${one.view.self.addresses[0]}/rollcall`)
  cleanUp.push(() => ws.terminate())
  let code: number | undefined
  ws.on('error', () => {})
  ws.on('close', (closedWith) => {
    code = closedWith
  })
  ws.on('open', () => {
    for (const frame of frames) ws.send(frame)
  })
  await until('it is closed', () => code !== undefined)
  return code as number
}

/** What a bad peer must not change. */
async function nothingHappened(): Promise<void> {
  await agreed([one, other])
  expect(one.view.members.map(({ name }) => name)).toEqual(['one', 'other'])
  expect(members.accused()).toEqual([])
  expect(one.diagnosis().counters['internal-errors'] ?? 0).toBe(0)
}

describe('a peer that comes in', () => {
  it.each<[string, (Uint8Array | string)[], number, string]>([
    ['is of another cluster', [hello({ clusterId: 'blue' })], CloseCode.wrongCluster, 'refused-4002'],
    [
      'speaks another version',
      [hello({ minVersion: 2, maxVersion: 3 })],
      CloseCode.wrongVersion,
      'refused-4003',
    ],
    ['meant somebody else', [hello({ meant: 'somebody' })], CloseCode.notMeant, 'refused-4007'],
    ['says no hello', [], CloseCode.helloTimeout, 'refused-4006'],
    ['says something else before it', [bytes({ type: 'last' })], CloseCode.badFrame, 'refused-4004'],
    ['speaks text', ['hello'], CloseCode.badFrame, 'bad-frame'],
    ['sends random bytes', [randomBytes(100)], CloseCode.badFrame, 'bad-frame'],
    [
      'sends a field that is too long',
      [hello({ clusterId: 'x'.repeat(254) })],
      CloseCode.tooLarge,
      'too-large',
    ],
  ])(
    'and %s is closed with a code, counted, logged once, and changes nothing',
    async (_, frames, code, counter) => {
      for (let round = 1; round <= 3; round++) {
        expect(await closeCodeAfter(...frames)).toBe(code)
        await until('it is counted', () => one.diagnosis().counters[counter] === round)
      }
      expect(lines.filter((line) => line.includes(`"kind":"${counter}"`))).toHaveLength(1)
      await nothingHappened()
    },
  )

  it('says hello and then anything at all hurts nobody but itself', async () => {
    const noise = () =>
      Buffer.concat([
        Buffer.of(0x90 + ((randomBytes(1)[0] as number) % 9), (randomBytes(1)[0] as number) % 16),
        randomBytes(40),
      ])
    for (let round = 0; round < 30; round++) {
      const code = await closeCodeAfter(hello(), ...Array.from({ length: 50 }, noise))
      expect([CloseCode.badFrame, CloseCode.tooLarge]).toContain(code)
    }
    expect(one.diagnosis().counters['internal-errors'] ?? 0).toBe(0)
    expect([one, other].map((cluster) => cluster.links().map(({ name }) => name))).toEqual([
      ['other'],
      ['one'],
    ])
  })

  it('and says more than its share is not read for a while, and makes nobody else wait', async () => {
    const ws = new WebSocket(`ws://${one.view.self.addresses[0]}/rollcall`, { perMessageDeflate: false })
    cleanUp.push(() => ws.terminate())
    ws.on('error', () => {})
    let acks = 0
    ws.on('message', () => acks++)
    await new Promise((resolve) => ws.once('open', resolve))
    ws.send(hello())
    const ping = bytes({ type: 'ping', seq: 1, hash: { high: 0, low: 0 }, updates: [] })
    const pings = 10 * defaultLimits.updatesPerSecond + 5000
    for (let i = 0; i < pings; i++) ws.send(ping)
    await until('it is paused', () => one.diagnosis().counters['paused-links'] === 1)
    const [link] = one.links().filter(({ name }) => name === 'other')
    expect(link).toBeDefined()
    await until('all is read in the end', () => acks >= pings, { state: () => acks })
    expect(members.accused().filter((name) => name !== 'stranger')).toEqual([])
    expect(one.diagnosis().counters['internal-errors'] ?? 0).toBe(0)
  })

  it('comes a thousand times at once, and a member still gets in and out', async () => {
    const before = process.memoryUsage().rss
    const sockets = Array.from({ length: 1000 }, () => connect(portOf(one), '127.0.0.1'))
    for (const socket of sockets) {
      socket.on('error', () => {})
      cleanUp.push(() => socket.destroy())
    }
    const busy = () => {
      const { counters } = one.diagnosis()
      return (counters.busy ?? 0) + (counters['busy-address'] ?? 0)
    }
    await until('the rest is turned away', () => busy() >= 1000 - defaultLimits.pendingHandshakesPerAddress)
    await nothingHappened()
    for (const kind of ['"kind":"busy"', '"kind":"busy-address"']) {
      expect(lines.filter((line) => line.includes(kind))).toHaveLength(1)
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024)
    for (const socket of sockets) socket.destroy()
    const third = await member('third')
    await agreed([one, other, third])
  })
})

describe('a listed address', () => {
  /** A server that is no member; resolves with its address. */
  async function server(onSocket: (socket: Socket) => void): Promise<string> {
    const sockets = new Set<Socket>()
    const tcp = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
      onSocket(socket)
    })
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve))
    cleanUp.push(() => {
      for (const socket of sockets) socket.destroy()
      tcp.close()
    })
    return `127.0.0.1:${(tcp.address() as { port: number }).port}`
  }

  it.each<[string, (socket: Socket) => void, string]>([
    ['that never answers', (socket) => socket.resume(), 'pending'],
    ['that answers in another language', (socket) => socket.end('220 mail.example ESMTP\r\n'), 'other'],
    ['that resets every connection', (socket) => socket.resetAndDestroy(), 'other'],
    ['that hangs up', (socket) => socket.end(), 'other'],
  ])('%s is told in the diagnosis and keeps nobody from the others', async (_, onSocket, why) => {
    const listed = await server(onSocket)
    const seeds = async () => [listed, ...one.view.self.addresses]
    const third = await member('third', { seeds })
    await agreed([one, other, third])
    const unreached = () => third.diagnosis().unreached
    await until('it is told', () => unreached().some((at) => at.address === listed && at.why === why), {
      state: unreached,
    })
    expect(third.diagnosis().isolated).toBe(false)
    expect(third.diagnosis().text).toContain(listed)
  })

  it('with a WebSocket server of something else is told apart, and dialed again seldom', async () => {
    let dials = 0
    const elsewhere = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/rollcall' })
    await new Promise((resolve) => elsewhere.once('listening', resolve))
    elsewhere.on('connection', (ws) => {
      dials += 1
      ws.on('error', () => {})
      ws.send('{"jsonrpc":"2.0"}')
    })
    cleanUp.push(() => {
      for (const client of elsewhere.clients) client.terminate()
      elsewhere.close()
    })
    const listed = `127.0.0.1:${(elsewhere.address() as { port: number }).port}`
    const third = await member('third', { seeds: async () => [listed, ...one.view.self.addresses] })
    await agreed([one, other, third])
    await until('it is told', () => third.diagnosis().text.includes(`Speaks nonsense: ${listed}`), {
      state: () => third.diagnosis(),
    })
    expect(dials).toBe(1)
  })
})
