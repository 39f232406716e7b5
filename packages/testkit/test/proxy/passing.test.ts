import { describe, expect, it } from 'vitest'
import { createProxy } from '../../src/index.ts'
import { connectResult, dialed, startProxy, startUpstream } from './sockets.ts'

describe('a proxy without faults', () => {
  it('passes bytes both ways and counts them', async () => {
    const upstream = await startUpstream()
    const proxy = await startProxy(upstream.port)
    const client = await dialed(proxy.address.port)
    client.socket.write('hello')
    await expect.poll(() => client.text).toBe('hello')
    expect(proxy.counters).toEqual({ connections: 1, open: 1, bytesToUpstream: 5, bytesToClient: 5 })
    expect(proxy.faults).toEqual({})
  })

  it('passes a half close and keeps the other direction open', async () => {
    const upstream = await startUpstream()
    const proxy = await startProxy(upstream.port)
    const client = await dialed(proxy.address.port)
    client.socket.end('bye')
    await expect.poll(() => client.closed).toBe(true)
    expect(client).toMatchObject({ text: 'bye', ended: true, errorCode: undefined })
    await expect.poll(() => proxy.counters.open).toBe(0)
  })

  it('passes a reset of the upstream on to the client, and of the client on to the upstream', async () => {
    const upstream = await startUpstream()
    const proxy = await startProxy(upstream.port)
    const [first, second] = [await dialed(proxy.address.port), await dialed(proxy.address.port)]
    first.socket.write('1')
    await expect.poll(() => first.text).toBe('1')
    second.socket.write('2')
    await expect.poll(() => second.text).toBe('2')
    upstream.used[0]?.socket.resetAndDestroy()
    await expect.poll(() => first.errorCode).toBe('ECONNRESET')
    second.socket.resetAndDestroy()
    await expect.poll(() => upstream.used[1]?.errorCode).toBe('ECONNRESET')
    expect(await connectResult(proxy.address.port)).toBe('connected')
  })

  it('carries megabytes to a slow reader without holding them all', async () => {
    const upstream = await startUpstream({ echo: false })
    const proxy = await startProxy(upstream.port)
    const client = await dialed(proxy.address.port)
    client.socket.write('x')
    await expect.poll(() => upstream.used.length).toBe(1)
    const reader = upstream.used[0]?.socket
    reader?.pause()
    const total = 32 * 1024 * 1024
    client.socket.write(Buffer.alloc(total - 1, 'x'))
    let passed = -1
    const stalled = (): boolean => {
      const before = passed
      passed = proxy.counters.bytesToUpstream
      return passed === before
    }
    await expect.poll(stalled, { interval: 200, timeout: 10_000 }).toBe(true)
    expect(passed).toBeLessThan(total)
    reader?.resume()
    await expect.poll(() => upstream.used[0]?.text.length, { timeout: 20_000 }).toBe(total)
  })

  it('dials from the address it is told to', async () => {
    const upstream = await startUpstream()
    const proxy = await startProxy(upstream.port, { connectFrom: '127.0.0.1' })
    const client = await dialed(proxy.address.port)
    client.socket.write('a')
    await expect.poll(() => upstream.used[0]?.socket.remoteAddress).toBe('127.0.0.1')
  })

  it('runs beside many others in one process', async () => {
    const upstreams = await Promise.all(Array.from({ length: 20 }, () => startUpstream()))
    const proxies = await Promise.all(upstreams.map(({ port }) => startProxy(port)))
    const clients = await Promise.all(proxies.map(({ address }) => dialed(address.port)))
    for (const [i, { socket }] of clients.entries()) socket.write(`to ${i}`)
    await expect.poll(() => clients.map(({ text }) => text)).toEqual(clients.map((_, i) => `to ${i}`))
  })

  it('refuses everybody once closed, and breaks what was open', async () => {
    const upstream = await startUpstream()
    const proxy = await startProxy(upstream.port)
    const client = await dialed(proxy.address.port)
    await proxy.close()
    await expect.poll(() => client.ended || client.closed).toBe(true)
    expect(await connectResult(proxy.address.port)).toBe('ECONNREFUSED')
    expect(proxy.counters.open).toBe(0)
  })
})

describe('createProxy with bad input', () => {
  const good = { listen: { host: '127.0.0.1', port: 0 }, upstream: { host: '127.0.0.1', port: 9 } }

  it.each([
    [
      { ...good, listen: { host: 'localhost', port: 0 } },
      'option listen.host: expected an IP address, got "localhost"',
    ],
    [
      { ...good, upstream: { host: '::1', port: 0 } },
      'option upstream.port: expected a whole number from 1 to 65535, got 0',
    ],
    [{ ...good, connectFrom: 'here' }, 'option connectFrom: expected an IP address, got "here"'],
    [{ ...good, pollMs: Number.NaN }, 'option pollMs: expected a number of at least 1, got NaN'],
  ])('names option, expectation and value: %j', async (options, message) => {
    await expect(createProxy(options)).rejects.toMatchObject({ code: 'ERR_ROLLCALL_INVALID_OPTION', message })
  })

  it('says so when the address is in use', async () => {
    const { port } = await startUpstream()
    const options = { ...good, listen: { host: '127.0.0.1', port } }
    await expect(createProxy(options)).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_PORT_IN_USE',
      message: `cannot listen on 127.0.0.1:${port}: EADDRINUSE`,
    })
  })

  it('says so when connectFrom is not an address of this machine', async () => {
    const { port } = await startUpstream()
    const options = { ...good, upstream: { host: '127.0.0.1', port }, connectFrom: '192.0.2.1' }
    await expect(createProxy(options)).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_INVALID_OPTION',
      message: 'option connectFrom: expected an address of this machine, got "192.0.2.1"',
    })
  })

  it('rejects a negative delay and a cut from something that is no address', async () => {
    const upstream = await startUpstream()
    const proxy = await startProxy(upstream.port)
    expect(() => proxy.delay(-1)).toThrow('option ms: expected a number of at least 0, got -1')
    await expect(proxy.cut({ from: 'pod-1' })).rejects.toThrow(
      'option from: expected an IP address, got "pod-1"',
    )
    expect(() => proxy.resetAll({ from: 'pod-1' })).toThrow(
      'option from: expected an IP address, got "pod-1"',
    )
    expect(proxy.faults).toEqual({})
  })
})
