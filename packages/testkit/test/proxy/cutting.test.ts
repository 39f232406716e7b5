import { describe, expect, it } from 'vitest'
import { connectResult, dial, dialed, startConnected } from './sockets.ts'

const AT_ONCE = { retransmission: 'at-once' } as const

describe('a cut proxy', () => {
  it('passes nothing and closes nothing, and after rejoining delivers what was in flight', async () => {
    const { upstream, proxy, client } = await startConnected()
    const cut = proxy.cut()
    client.socket.write('2')
    upstream.used[0]?.socket.write('from upstream')
    await cut
    expect(proxy.state).toBe('parked')
    expect([upstream.used[0]?.text, client.text, client.closed]).toEqual(['1', '1', false])
    await proxy.rejoin(AT_ONCE)
    await expect.poll(() => upstream.used[0]?.text).toBe('12')
    await expect.poll(() => client.text).toBe('1from upstream2')
    expect(proxy.faults).toEqual({})
  })

  it('delivers what was in flight when TCP would send it again, and an idle direction at once', async () => {
    const { upstream, proxy, client } = await startConnected()
    const sentMs = performance.now()
    const cut = proxy.cut()
    client.socket.write('2')
    await cut
    await expect.poll(() => performance.now() - sentMs, { timeout: 5000 }).toBeGreaterThan(250)
    await proxy.rejoin()
    upstream.used[0]?.socket.write('idle until now')
    await expect.poll(() => client.text).toBe('1idle until now')
    await expect.poll(() => upstream.used[0]?.text, { interval: 1 }).toBe('12')
    // Sent again 200 ms after the first time, which was still cut, and then 400 ms later.
    expect(performance.now() - sentMs).toBeGreaterThanOrEqual(599)
  })

  it('lets neither side know that the other has closed', async () => {
    const { upstream, proxy, client } = await startConnected()
    const other = await dialed(proxy.address.port)
    other.socket.write('other')
    await expect.poll(() => other.text).toBe('other')
    await proxy.cut()
    client.socket.end()
    upstream.used[1]?.socket.resetAndDestroy()
    await expect.poll(() => upstream.used[1]?.closed).toBe(true)
    await proxy.check()
    expect([upstream.used[0]?.ended, client.closed, other.closed]).toEqual([false, false, false])
    await proxy.rejoin(AT_ONCE)
    await expect.poll(() => client.closed).toBe(true)
    await expect.poll(() => other.errorCode).toBe('ECONNRESET')
  })

  it('lets new connects hang without an answer, until they get through after rejoining', async () => {
    const { proxy } = await startConnected()
    await proxy.cut()
    const hanging = dial(proxy.address.port)
    hanging.socket.write('at last')
    // A dial that would be answered is answered long before this one, to another proxy, has gone round.
    const other = await startConnected()
    expect([hanging.connected, hanging.closed]).toEqual([false, false])
    await other.proxy.close()
    await proxy.rejoin(AT_ONCE)
    await expect.poll(() => hanging.text, { timeout: 10_000 }).toBe('at last')
  })

  it('refuses new connects if that is wanted', async () => {
    const { proxy, client } = await startConnected()
    await proxy.cut({ connects: 'refuse' })
    expect(await connectResult(proxy.address.port)).toBe('ECONNREFUSED')
    expect(client.closed).toBe(false)
    await proxy.rejoin()
    expect(await connectResult(proxy.address.port)).toBe('connected')
  })

  it('refuses after rejoining if the upstream died meanwhile', async () => {
    const { upstream, proxy, client } = await startConnected()
    await proxy.cut()
    await upstream.die()
    await proxy.check()
    expect([proxy.state, client.closed]).toEqual(['parked', false])
    await proxy.rejoin(AT_ONCE)
    expect(await connectResult(proxy.address.port)).toBe('ECONNREFUSED')
    await expect.poll(() => client.errorCode).toBe('ECONNRESET')
  })

  it('can be cut and rejoined in quick succession and ends as last told', async () => {
    const { proxy, client } = await startConnected()
    for (let i = 0; i < 5; i++) {
      void proxy.cut()
      void proxy.rejoin(AT_ONCE)
    }
    await Promise.all([proxy.cut(), proxy.rejoin(AT_ONCE)])
    expect(proxy.state).toBe('open')
    client.socket.write('2')
    await expect.poll(() => client.text).toBe('12')
  })

  it('can be closed while cut', async () => {
    const { proxy, client } = await startConnected()
    await proxy.cut()
    await proxy.close()
    await expect.poll(() => client.ended || client.closed).toBe(true)
    expect(await connectResult(proxy.address.port)).toBe('ECONNREFUSED')
  })
})

describe.runIf(process.platform === 'linux')('a proxy cut for one client address', () => {
  it('holds that client, its new connects included, and nobody else', async () => {
    const { upstream, proxy, client } = await startConnected()
    const other = await dialed(proxy.address.port, '127.0.0.7')
    other.socket.write('a')
    await expect.poll(() => other.text).toBe('a')
    await proxy.cut({ from: '127.0.0.7' })
    other.socket.write('b')
    const late = await dialed(proxy.address.port, '127.0.0.7')
    late.socket.write('late')
    client.socket.write('2')
    await expect.poll(() => client.text).toBe('12')
    expect([other.text, late.text, upstream.used.length]).toEqual(['a', '', 2])
    await proxy.rejoin({ from: '127.0.0.7', ...AT_ONCE })
    await expect.poll(() => [other.text, late.text]).toEqual(['ab', 'late'])
  })

  it('never shows the upstream a connect that was given up during the cut', async () => {
    const { upstream, proxy, client } = await startConnected()
    await proxy.cut({ from: '127.0.0.7' })
    const late = await dialed(proxy.address.port, '127.0.0.7')
    late.socket.end('never arrives')
    // Once this has gone round, the proxy has read what was sent before it.
    client.socket.write('2')
    await expect.poll(() => client.text).toBe('12')
    await proxy.rejoin({ from: '127.0.0.7', ...AT_ONCE })
    await expect.poll(() => late.closed).toBe(true)
    expect(upstream.used.length).toBe(1)
  })

  it('resets its new connects if refusal is wanted', async () => {
    const { proxy } = await startConnected()
    await proxy.cut({ from: '127.0.0.7', connects: 'refuse' })
    const late = dial(proxy.address.port, '127.0.0.7')
    await expect.poll(() => late.errorCode).toBe('ECONNRESET')
  })
})
