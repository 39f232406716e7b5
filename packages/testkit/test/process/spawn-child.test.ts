import { createConnection } from 'node:net'
import { describe, expect, it } from 'vitest'
import { spawnChild } from '../../src/index.ts'

const FOREVER = 'console.log("ready 1"); setInterval(() => {}, 1000)'

describe('spawnChild', () => {
  it('resolves at the ready line and kills even a frozen child', async () => {
    const child = await spawnChild({ args: ['-e', FOREVER], readyLine: 'ready' })
    expect(child.lines).toEqual(['ready 1'])
    child.signal('SIGSTOP')
    expect(await child.kill()).toEqual({ code: null, signal: 'SIGKILL' })
    expect(() => process.kill(child.pid, 0)).toThrow('ESRCH')
  })

  it('rejects with the output of a child that ends before it is ready', async () => {
    const code = 'console.error("no such thing"); process.exit(3)'
    await expect(spawnChild({ args: ['-e', code], readyLine: 'ready' })).rejects.toThrow(
      /ended \(code 3, signal null\)[\s\S]*no such thing/,
    )
  })

  it('kills a child that is not ready in time', async () => {
    const args = ['-e', 'console.log(process.pid); setInterval(() => {}, 1000)']
    const failure = await spawnChild({ args, readyLine: 'ready', readyTimeoutMs: 3000 }).catch(
      (error) => error,
    )
    expect(failure.message).toContain('took more than 3000 ms')
    const pid = Number(failure.message.split('\n').at(-1))
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })

  it('listens for the end of its own process once, for any number of children', async () => {
    const before = process.listenerCount('exit')
    const start = () => spawnChild({ args: ['-e', FOREVER], readyLine: 'ready' })
    const children = await Promise.all([start(), start(), start()])
    expect(process.listenerCount('exit')).toBe(before + 1)
    await Promise.all(children.map((child) => child.kill()))
    expect(process.listenerCount('exit')).toBe(before)
  })

  it('leaves no child behind when its own process exits', async () => {
    const source = new URL('../../src/process/spawn-child.ts', import.meta.url).href
    // Asked by its port, since a dead process that nobody has reaped yet still has its id.
    const listen = `const server = require('node:net').createServer()
      server.listen(0, '127.0.0.1', () => console.log('ready', server.address().port))`
    const code = `const { spawnChild } = await import(${JSON.stringify(source)})
      const child = await spawnChild({ args: ['-e', ${JSON.stringify(listen)}], readyLine: 'ready' })
      console.log(child.lines[0])
      process.exit(0)`
    const parent = await spawnChild({
      args: ['--import', 'tsx', '--input-type=module', '-e', code],
      readyLine: 'ready',
    })
    await parent.exited
    const port = Number(parent.lines[0]?.split(' ')[1])
    expect(port).toBeGreaterThan(0)
    await expect.poll(() => dialResult(port), { timeout: 5000 }).toBe('ECONNREFUSED')
  })
})

function dialResult(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => resolve('connected'))
    socket.on('connect', () => socket.destroy())
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
  })
}
