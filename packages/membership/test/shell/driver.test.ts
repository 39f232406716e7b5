import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { Input } from '../../src/core/input.ts'
import type { Message } from '../../src/core/message.ts'
import type { Output } from '../../src/core/output.ts'
import { defaultLimits } from '../../src/limits.ts'
import { decodeFrame, encodeFrames } from '../../src/shell/codec.ts'
import { Driver } from '../../src/shell/driver.ts'
import { type Logger, PeerLog } from '../../src/shell/log.ts'
import { nodePlatform } from '../../src/shell/node-platform.ts'
import type { Listening } from '../../src/shell/platform.ts'
import { FakeCore, fakeView } from './fake-core.ts'
import { fullFact } from './messages.ts'
import { until } from './sockets.ts'

const hello: Message = {
  type: 'hello',
  minVersion: 1,
  maxVersion: 1,
  clusterId: 'c',
  self: { ...fullFact, state: 'alive' },
  hash: { high: 0, low: 0 },
}
const last: Message = { type: 'last' }
const bytes = (message: Message): Uint8Array => encodeFrames(message)[0] as Uint8Array

interface Rig {
  readonly core: FakeCore
  readonly driver: Driver
  readonly listener: Listening
  readonly lines: string[]
  readonly told: string[]
  readonly url: string
  readonly port: number
}

const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean()
})

/** A driver with a listener on a free port, around a scripted core. */
async function rig(script: (input: Input, now: number) => Output[] = () => []): Promise<Rig> {
  const lines: string[] = []
  const write = (fields: object, text: string) => void lines.push(`${JSON.stringify(fields)} ${text}`)
  const logger: Logger = { debug: write, info: write, warn: write, error: write }
  const log = new PeerLog(logger, nodePlatform)
  const told: string[] = []
  const core = new FakeCore(script)
  const driver: Driver = new Driver({
    core,
    platform: nodePlatform,
    log,
    dialer: nodePlatform.createDialer({ path: '/rollcall', localHost: '127.0.0.1' }),
    onEvent: (event) => told.push(event.type),
    onStopping: () => {
      told.push('stopping')
      listener.close()
    },
    onStopped: (reason) => told.push(`stopped: ${reason}`),
  })
  const listener = await nodePlatform.listen(
    { path: '/rollcall', host: '127.0.0.1', port: 0, limits: defaultLimits },
    {
      connection: () => driver.noteActivity(),
      opened: (connection, met) => driver.accept(connection, met),
      refused: (why) => driver.counters.add(why),
      error: () => {},
    },
  )
  cleanUp.push(async () => {
    core.script = () => [{ type: 'stopped', reason: 'left' }]
    driver.feed({ type: 'wake' })
    await until('everything is closed', () => told.includes('stopped: left'))
  })
  const { port } = listener.bound
  return { core, driver, listener, lines, told, port, url: `ws://127.0.0.1:${port}/rollcall` }
}

/** A WebSocket client that records what it gets. */
async function client(url: string) {
  const ws = new WebSocket(url, { perMessageDeflate: false })
  const frames: string[] = []
  const end: { code?: number; reason?: string } = {}
  ws.on('message', (data: Buffer) => {
    const decoded = decodeFrame(data)
    frames.push(decoded.type === 'message' ? decoded.message.type : decoded.type)
  })
  ws.on('error', () => {})
  ws.on('close', (code, reason) => Object.assign(end, { code, reason: String(reason) }))
  cleanUp.push(() => ws.terminate())
  await new Promise((resolve) => ws.once('open', resolve))
  return { ws, frames, end, closed: () => until('the client is closed', () => end.code !== undefined) }
}

describe('driver', () => {
  it('tells an accepted link, its frames and its end, once each', async () => {
    const { core, url } = await rig()
    const { ws } = await client(url)
    ws.send(bytes(hello))
    ws.send(bytes(last))
    await until('frames arrive', () => core.inputs.length >= 3)
    ws.close(4000, 'bye')
    await until('the link is closed', () => core.types().includes('link-closed'))
    expect(core.inputs).toEqual([
      { type: 'link-opened', link: -1 },
      { type: 'frame', link: -1, message: hello },
      { type: 'frame', link: -1, message: last },
      { type: 'link-closed', link: -1, end: { code: 4000 } },
    ])
  })

  it('tells a link that broke without a close frame as one without a code', async () => {
    const { core, url } = await rig()
    const { ws } = await client(url)
    ws.terminate()
    await until('the link is closed', () => core.types().includes('link-closed'))
    expect(core.inputs.at(-1)).toEqual({ type: 'link-closed', link: -1, end: {} })
  })

  it('dials, and gives the TCP connection, the link and its frames', async () => {
    const far = await rig((input) =>
      input.type === 'link-opened' ? [{ type: 'send', link: input.link, message: hello }] : [],
    )
    const near = await rig((input) =>
      input.type === 'wake'
        ? [{ type: 'dial', link: 1, address: `127.0.0.1:${far.port}`, connectTimeoutMs: 2000 }]
        : [],
    )
    near.driver.feed({ type: 'wake' })
    await until('a frame arrives', () => near.core.types().includes('frame'))
    expect(near.core.types()).toEqual(['wake', 'dial-connected', 'link-opened', 'frame'])
    expect(near.driver.links.bytes().sent).toBeGreaterThan(0)
  })

  it('delivers what was sent before a close, then the code, and goes on reading until the socket closes', async () => {
    const many = Array.from({ length: 200 }, (): Output => ({ type: 'send', link: -1, message: hello }))
    const { core, driver, url } = await rig((input) =>
      input.type === 'wake' ? [...many, { type: 'close', link: -1, code: 4000, reason: 'left' }] : [],
    )
    const { ws, frames, end, closed } = await client(url)
    await until('the link is open', () => core.types().includes('link-opened'))
    driver.feed({ type: 'wake' })
    ws.send(bytes(last))
    await closed()
    expect(frames.length).toBe(200)
    expect(end).toEqual({ code: 4000, reason: 'left' })
    await until('the end is told', () => core.types().includes('link-closed'))
    expect(core.types()).toContain('frame')
    expect(core.types().indexOf('frame')).toBeLessThan(core.types().indexOf('link-closed'))
  })

  it('ends a link whose peer does not answer the close frame', async () => {
    const { core, driver, url } = await rig((input) =>
      input.type === 'wake' ? [{ type: 'close', link: -1, code: 4000, reason: '' }] : [],
    )
    const { ws } = await client(url)
    await until('the link is open', () => core.types().includes('link-opened'))
    ws.pause()
    driver.feed({ type: 'wake' })
    await until('the link is closed', () => core.types().includes('link-closed'))
  })

  it('queues inputs that arrive while outputs are performed, and delivers events after the outputs', async () => {
    const order: string[] = []
    const { core, driver, told } = await rig((input) => {
      order.push(`in ${input.type}`)
      if (input.type !== 'wake') return []
      return [
        { type: 'event', event: { type: 'view-changed', view: fakeView } },
        { type: 'log', level: 'info', kind: 'k', peer: 'p', text: 't' },
      ]
    })
    core.script = ((before) => (input: Input, now: number) => {
      const outputs = before(input, now)
      if (input.type === 'wake') driver.feed({ type: 'seeds', addresses: [] })
      order.push(`out ${input.type}`)
      return outputs
    })(core.script)
    driver.feed({ type: 'wake' })
    expect(order).toEqual(['in wake', 'out wake', 'in seeds', 'out seeds'])
    expect(told).toEqual(['view-changed'])
  })

  it('wakes the core when it wants, as often as it wants, and not before', async () => {
    const wakes: { at: number; wanted: number }[] = []
    const { core, driver } = await rig((input, now) => {
      if (input.type === 'wake') wakes.push({ at: now, wanted: core.wakeAt as number })
      core.wakeAt = wakes.length < 5 ? now + 10 : undefined
      return []
    })
    driver.feed({ type: 'seeds', addresses: [] })
    await until('five wakes', () => wakes.length === 5)
    for (const { at, wanted } of wakes) expect(at).toBeGreaterThanOrEqual(wanted)
    expect(core.inputs.filter((input) => input.type === 'wake').length).toBe(5)
  })

  it('reads what had arrived before it says drained', async () => {
    const { core, driver, url } = await rig((input) => (input.type === 'wake' ? [{ type: 'drain' }] : []))
    const { ws } = await client(url)
    await until('the link is open', () => core.types().includes('link-opened'))
    for (let i = 0; i < 50; i++) ws.send(bytes(last))
    // The bytes leave this process in the turns of the event loop to come; then it is busy, as if it had been stopped.
    await until('the frames are written', () => ws.bufferedAmount === 0)
    driver.feed({ type: 'wake' })
    await until('drained', () => core.types().includes('drained'))
    expect(core.types().lastIndexOf('frame')).toBeLessThan(core.types().indexOf('drained'))
    expect(core.types().filter((type) => type === 'frame').length).toBe(50)
  })

  it('goes on when the core has a bug, and says so', async () => {
    const { core, driver, lines } = await rig((input) => {
      if (input.type === 'seeds') throw new Error('broken invariant')
      return []
    })
    driver.feed({ type: 'seeds', addresses: [] })
    driver.feed({ type: 'wake' })
    expect(core.types()).toEqual(['seeds', 'wake'])
    expect(driver.counters.all()['internal-errors']).toBe(1)
    expect(lines.join()).toContain('internal error')
  })

  it('closes links and dials when the core has stopped, gives it nothing more, and says when all is closed', async () => {
    const { core, driver, url, told } = await rig((input) =>
      input.type === 'wake'
        ? [
            { type: 'dial', link: 1, address: '127.0.0.1:1', connectTimeoutMs: 2000 },
            { type: 'event', event: { type: 'view-changed', view: fakeView } },
            { type: 'stopped', reason: 'left' },
          ]
        : [],
    )
    const { end, closed } = await client(url)
    await until('the link is open', () => core.types().includes('link-opened'))
    driver.feed({ type: 'wake' })
    await closed()
    await until('all is closed', () => told.includes('stopped: left'))
    expect(end.code).toBe(4000)
    expect(core.types()).toEqual(['link-opened', 'wake'])
    expect(told).toEqual(['stopping', 'view-changed', 'stopped: left'])
  })
})

describe('driver against bad peers', () => {
  const masked = (opcode: number, payload: Uint8Array) =>
    Buffer.concat([Buffer.of(0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0), payload])

  it.each([
    ['a text frame', (ws: WebSocket) => ws.send('hello'), 4004, 'bad-frame'],
    ['random bytes', (ws: WebSocket) => ws.send(Buffer.from('c1ffffffdd', 'hex')), 4004, 'bad-frame'],
    ['an empty frame', (ws: WebSocket) => ws.send(Buffer.alloc(0)), 4004, 'bad-frame'],
    [
      'a field over its limit',
      (ws: WebSocket) => ws.send(bytes({ type: 'want', names: ['x'.repeat(254)] })),
      4005,
      'too-large',
    ],
    ['a frame over a mebibyte', (ws: WebSocket) => ws.send(Buffer.alloc(1024 * 1024 + 1)), 1009, 'too-large'],
  ])('closes a link with %s by a code, counts it, logs it once', async (_, misbehave, code, counter) => {
    const { core, driver, url, lines } = await rig()
    for (let round = 1; round <= 2; round++) {
      const { ws, end, closed } = await client(url)
      ws.send(bytes(hello))
      await until('the hello arrives', () => core.types().filter((type) => type === 'frame').length === round)
      misbehave(ws)
      ws.send(bytes(last))
      await closed()
      expect(end.code).toBe(code)
      await until(
        'the end is told',
        () => core.types().filter((type) => type === 'link-closed').length === round,
      )
      expect(core.inputs.at(-1)).toMatchObject({ type: 'link-closed', end: { code } })
      expect(driver.counters.all()[counter]).toBe(round)
    }
    // Nothing that came after the bad frame got to the core.
    expect(core.types().filter((type) => type === 'frame').length).toBe(2)
    expect(lines.filter((line) => line.includes(counter)).length).toBe(1)
  })

  it('closes a link that breaks the WebSocket protocol itself', async () => {
    const { core, driver, url } = await rig()
    const { ws, closed } = await client(url)
    // A reserved opcode, below the WebSocket library.
    ;(ws as unknown as { _socket: { write(data: Buffer): void } })._socket.write(masked(0x3, Buffer.of(1)))
    await closed()
    await until('the end is told', () => core.types().includes('link-closed'))
    expect(core.inputs.at(-1)).toMatchObject({ end: { code: 1002 } })
    expect(driver.counters.all()['websocket-error']).toBe(1)
  })

  it('ignores and tells frames of an unknown kind', async () => {
    const { core, url } = await rig()
    const { ws } = await client(url)
    ws.send(Buffer.of(0x92, 99, 1))
    await until('it is told', () => core.types().includes('unknown-frame'))
    expect(ws.readyState).toBe(ws.OPEN)
  })

  it('does not read a link for a while that brings too many of an unknown kind', async () => {
    const peer = { name: 'peer', generation: 1, instance: 'instance' }
    const { driver, url } = await rig((input) =>
      input.type === 'link-opened' ? [{ type: 'linked', link: input.link, peer }] : [],
    )
    const { ws } = await client(url)
    for (let i = 0; i < 20 * defaultLimits.updatesPerSecond; i++) ws.send(Buffer.of(0x92, 99, 1))
    await until('it is paused', () => (driver.counters.all()['paused-links'] ?? 0) > 0)
    ws.terminate()
  })

  it('does not answer WebSocket pings, which a flood of would fill our buffers', async () => {
    const { core, url } = await rig()
    const { ws } = await client(url)
    let pongs = 0
    ws.on('pong', () => pongs++)
    for (let i = 0; i < 100; i++) ws.ping()
    ws.send(bytes(last))
    await until('the frame after them arrives', () => core.types().includes('frame'))
    ws.close()
    await until('closed', () => core.types().includes('link-closed'))
    expect(pongs).toBe(0)
  })

  it('cuts off a receiver that is too slow, and holds only so much for it', async () => {
    const big = {
      type: 'updates',
      updates: [{ ...fullFact, record: { ...fullFact.record, metadata: new Uint8Array(60_000) } }],
    } as Message
    const { core, driver, url } = await rig((input) =>
      input.type === 'seeds' ? [{ type: 'send', link: -1, message: big }] : [],
    )
    const { ws } = await client(url)
    await until('the link is open', () => core.types().includes('link-opened'))
    ws.pause()
    for (let sent = 0; sent < 2000 && !driver.counters.all()['slow-receiver']; sent++) {
      driver.feed({ type: 'seeds', addresses: [] })
      if (sent % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(driver.counters.all()['slow-receiver']).toBe(1)
    await until('the end is told', () => core.types().includes('link-closed'))
    expect(core.inputs.at(-1)).toMatchObject({ end: { code: 4012 } })
  })

  it('does not listen to a stranger who says much and no hello', async () => {
    const { core, driver, url } = await rig()
    const { ws, closed } = await client(url)
    await until('the link is open', () => core.types().includes('link-opened'))
    ws.send(Buffer.alloc(512 * 1024))
    await closed()
    expect(driver.counters.all()['too-much-before-hello']).toBeGreaterThanOrEqual(1)
    expect(core.types()).not.toContain('frame')
  })

  it('lets a known peer send much', async () => {
    const peer = { name: 'n', generation: 1, instance: 'i' }
    const { core, url } = await rig((input) =>
      input.type === 'frame' && input.message.type === 'hello'
        ? [{ type: 'linked', link: input.link, peer }]
        : [],
    )
    const { ws } = await client(url)
    ws.send(bytes(hello))
    for (let i = 0; i < 5; i++) ws.send(bytes({ type: 'updates', updates: Array(3000).fill(fullFact) }))
    await until('all frames arrive', () => core.types().filter((type) => type === 'frame').length === 6)
  })
})
