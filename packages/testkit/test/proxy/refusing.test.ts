import { once } from 'node:events'
import { createConnection } from 'node:net'
import { describe, expect, it } from 'vitest'
import { spawnChild } from '../../src/index.ts'
import { connectResult, dialed, startProxy, startUpstream } from './sockets.ts'

const SERVER = `require('node:net').createServer((socket) => socket.on('error', () => {}).write('welcome'))
  .listen(0, '127.0.0.1', function () { console.log('port', this.address().port) })`

async function startServerProcess() {
  const child = await spawnChild({ args: ['-e', SERVER], readyLine: 'port' })
  return { child, port: Number(child.lines[0]?.split(' ')[1]) }
}

describe('a proxy whose upstream does not listen', () => {
  it('refuses from the beginning, and accepts when asked to look again after the upstream came up', async () => {
    const gone = await startUpstream()
    await gone.die()
    const proxy = await startProxy(gone.port, { pollMs: 60_000 })
    expect(await connectResult(proxy.address.port)).toBe('ECONNREFUSED')
    await startUpstream({ port: gone.port })
    await proxy.check()
    expect(await connectResult(proxy.address.port)).toBe('connected')
  })

  it('finds the upstream back by itself, at the same port of its own', async () => {
    const first = await startUpstream()
    const proxy = await startProxy(first.port)
    const { port } = proxy.address
    await first.die()
    await expect.poll(() => proxy.state).toBe('closed')
    await startUpstream({ port: first.port })
    await expect.poll(() => connectResult(port)).toBe('connected')
    const client = await dialed(port)
    client.socket.write('again')
    await expect.poll(() => client.text).toBe('again')
  })

  it('refuses any client that has learnt from it that the upstream process was killed', async () => {
    for (let round = 0; round < 5; round++) {
      const { child, port } = await startServerProcess()
      const proxy = await startProxy(port, { pollMs: 60_000 })
      const clients = await Promise.all(Array.from({ length: 10 }, () => dialed(proxy.address.port)))
      await expect.poll(() => clients.every(({ text }) => text === 'welcome')).toBe(true)
      const redials = clients.map(async ({ socket }) => {
        await Promise.race([once(socket, 'end'), once(socket, 'close')]).catch(() => undefined)
        return connectResult(proxy.address.port)
      })
      await child.kill()
      expect(await Promise.all(redials)).toEqual(clients.map(() => 'ECONNREFUSED'))
    }
  })

  it('refuses after the upstream was killed even if nobody was connected', async () => {
    const { child, port } = await startServerProcess()
    const proxy = await startProxy(port, { pollMs: 60_000 })
    await child.kill()
    await expect.poll(() => connectResult(proxy.address.port)).toBe('ECONNREFUSED')
  })

  it('notices an upstream that closes its listener but lives on with its connections', async () => {
    const code = `const server = require('node:net').createServer((socket) => socket.on('error', () => {}).write('welcome'))
      server.listen(0, '127.0.0.1', () => console.log('port', server.address().port))
      process.on('SIGUSR2', () => server.close())`
    await using child = await spawnChild({ args: ['-e', code], readyLine: 'port' })
    const proxy = await startProxy(Number(child.lines[0]?.split(' ')[1]), { pollMs: 5 })
    const client = await dialed(proxy.address.port)
    await expect.poll(() => client.text).toBe('welcome')
    child.signal('SIGUSR2')
    await expect.poll(() => connectResult(proxy.address.port)).toBe('ECONNREFUSED')
    expect(client.closed).toBe(false)
  })

  it('goes on accepting while the upstream process is frozen', async () => {
    const { child, port } = await startServerProcess()
    const proxy = await startProxy(port, { pollMs: 5 })
    child.signal('SIGSTOP')
    await proxy.check()
    expect(await connectResult(proxy.address.port)).toBe('connected')
    await child.kill()
    await expect.poll(() => connectResult(proxy.address.port)).toBe('ECONNREFUSED')
  })

  it('is not taken in by an upstream that ends idle connections at once', async () => {
    const code = `let n = 0
      const server = require('node:net').createServer((socket) => { n += 1; socket.end() })
      server.listen(0, '127.0.0.1', () => console.log('port', server.address().port))
      process.on('SIGUSR2', () => { console.log('count', n) })`
    await using child = await spawnChild({ args: ['-e', code], readyLine: 'port' })
    const proxy = await startProxy(Number(child.lines[0]?.split(' ')[1]), { pollMs: 60_000 })
    const probe = createConnection(proxy.address.port, '127.0.0.1')
    probe.resume()
    await once(probe, 'end')
    child.signal('SIGUSR2')
    await expect.poll(() => child.lines.length).toBe(2)
    expect(Number(child.lines[1]?.split(' ')[1])).toBeLessThan(20)
    expect(proxy.state).toBe('open')
  })
})
