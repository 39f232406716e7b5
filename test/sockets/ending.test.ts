import { createServer, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { spawnChild, startDnsServer } from '@rollcall/testkit'
import { describe, expect, it } from 'vitest'
import { until } from './support/until.ts'

const program = fileURLToPath(new URL('./support/leaving-process.ts', import.meta.url))

describe('a process that has left', () => {
  it('ends by itself, though its name server and a listed address are silent', async () => {
    await using dns = await startDnsServer()
    dns.setFaults({ silent: true })
    const sockets = new Set<Socket>()
    const silent = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
    })
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const address = `127.0.0.1:${(silent.address() as { port: number }).port}`
    try {
      const args = ['--conditions=@rollcall/source', '--import', 'tsx', program, dns.server, address]
      await using child = await spawnChild({ args, readyLine: `dialing ${address}`, readyTimeoutMs: 20_000 })
      let ended: unknown
      child.exited.then((exit) => {
        ended = exit
      })
      await until('it has ended', () => ended, { deadlineMs: 5000 })
      expect(ended).toEqual({ code: 0, signal: null })
      expect(dns.queries.length).toBeGreaterThan(0)
    } finally {
      for (const socket of sockets) socket.destroy()
      silent.close()
    }
  })
})
