import { describe, expect, it } from 'vitest'
import { dial, dialed, startConnected, startProxy } from './sockets.ts'

/** Resolves when bytes sent after this call have gone all the way round through another proxy. */
async function oneRoundTrip(upstreamPort: number): Promise<void> {
  const proxy = await startProxy(upstreamPort)
  const client = await dialed(proxy.address.port)
  client.socket.write('x')
  await expect.poll(() => client.text).toBe('x')
}

describe('a frozen proxy', () => {
  it('passes nothing, closes nothing, and passes everything in order when thawed', async () => {
    const { upstream, proxy, client } = await startConnected()
    proxy.freeze()
    expect(proxy.faults).toEqual({ frozen: true })
    client.socket.write('2')
    client.socket.write('3')
    await oneRoundTrip(upstream.port)
    expect([upstream.used[0]?.text, client.text, client.closed]).toEqual(['1', '1', false])
    proxy.thaw()
    await expect.poll(() => client.text).toBe('123')
  })

  it('accepts new connections that go nowhere until it is thawed', async () => {
    const { upstream, proxy } = await startConnected()
    proxy.freeze()
    const late = await dialed(proxy.address.port)
    late.socket.write('late')
    await oneRoundTrip(upstream.port)
    expect(upstream.used.map(({ text }) => text)).toEqual(['1', 'x'])
    proxy.thaw()
    await expect.poll(() => late.text).toBe('late')
  })

  it('refuses if the process behind it dies meanwhile', async () => {
    const { upstream, proxy, client } = await startConnected()
    proxy.freeze()
    await upstream.die()
    await expect.poll(() => proxy.state).toBe('closed')
    const late = dial(proxy.address.port)
    await expect.poll(() => late.errorCode).toBe('ECONNREFUSED')
    expect(client.closed).toBe(false)
    proxy.thaw()
    await expect.poll(() => client.errorCode).toBe('ECONNRESET')
  })
})

describe('a delaying proxy', () => {
  it('holds bytes back for at least the delay, in the chosen direction only, and keeps their order', async () => {
    const { upstream, proxy, client } = await startConnected()
    proxy.delay(150, 20, 'to-client')
    expect(proxy.faults).toEqual({ delayToClient: { ms: 150, jitterMs: 20 } })
    const startMs = performance.now()
    for (const letter of 'abcdefgh') client.socket.write(letter)
    await expect.poll(() => upstream.used[0]?.text, { interval: 1 }).toBe('1abcdefgh')
    expect(client.text).toBe('1')
    await expect.poll(() => client.text, { interval: 1 }).toBe('1abcdefgh')
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(149)
    proxy.delay(0)
    expect(proxy.faults).toEqual({})
  })

  it('delays the end of a connection behind its bytes', async () => {
    const { proxy, client } = await startConnected()
    proxy.delay(50)
    client.socket.end('bye')
    await expect.poll(() => client.closed).toBe(true)
    expect(client).toMatchObject({ text: '1bye', errorCode: undefined })
  })
})

describe('resetAll', () => {
  it('breaks every connection on both sides and lets clients dial again at once', async () => {
    const { upstream, proxy, client } = await startConnected()
    proxy.resetAll()
    await expect.poll(() => client.errorCode).toBe('ECONNRESET')
    await expect.poll(() => upstream.used[0]?.errorCode).toBe('ECONNRESET')
    await expect.poll(() => proxy.counters.open).toBe(0)
    const again = await dialed(proxy.address.port)
    again.socket.write('again')
    await expect.poll(() => again.text).toBe('again')
  })

  it.runIf(process.platform === 'linux')('breaks the connections of one client address only', async () => {
    const { proxy, client } = await startConnected()
    const other = await dialed(proxy.address.port, '127.0.0.7')
    proxy.resetAll({ from: '127.0.0.7' })
    await expect.poll(() => other.errorCode).toBe('ECONNRESET')
    client.socket.write('2')
    await expect.poll(() => client.text).toBe('12')
  })
})
