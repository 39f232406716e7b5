// Three pods as real processes, spoken to as clients do.

import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnChild } from '@rollcall/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { pods, programArguments } from './processes.ts'

const names = ['cache-0', 'cache-1', 'cache-2']
const KEYS = 500

function keysFrom(first: number): string[] {
  return Array.from({ length: KEYS }, (_, index) => `key-${first + index}`)
}

describe('the service', () => {
  it('answers at any pod for what was written at another, and loses nothing when one leaves', async () => {
    const start = await pods(names)
    const running = await Promise.all(names.map(start))
    const [first, second, third] = running as [(typeof running)[0], (typeof running)[0], (typeof running)[0]]
    const [a, b, c] = [first.redis(), second.redis(), third.redis()]

    const early = keysFrom(0)
    await Promise.all(early.map((key) => a.set(key, `value of ${key}`)))
    const values = early.map((key) => `value of ${key}`)
    expect(await b.mget(early)).toEqual(values)
    const overHttp = early.slice(0, 100).map(async (key) => {
      return (await fetch(`http://127.0.0.1:${third.httpPort}/cache/${key}`)).text()
    })
    expect(await Promise.all(overHttp)).toEqual(values.slice(0, 100))
    expect(
      await Promise.all(running.map((pod) => pod.redis().set('lock', pod.name, 'PX', 60_000, 'NX'))),
    ).toEqual(expect.arrayContaining(['OK', null, null]))
    await Promise.all([a, b, c].map((client) => client.incrby('sum', 5)))
    expect([await a.get('sum'), await b.get('sum'), await c.get('sum')]).toEqual(['15', '15', '15'])
    expect(await c.pttl('lock')).toBeGreaterThan(30_000)
    expect(await a.info('rollcall')).toMatch(/pods_alive:3\r\nquorum:majority/)

    // Written at one pod while another leaves.
    second.process.signal('SIGTERM')
    const late = keysFrom(KEYS)
    for (const key of late) await a.set(key, `value of ${key}`)
    expect(await second.process.exited).toEqual({ code: null, signal: 'SIGTERM' })
    const isOfOthers = (line: string) => / (sees|is in a) /.test(line)
    expect(second.process.lines.filter(isOfOthers)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^cache-1 is in a majority: [23] of 3 pods/)]),
    )
    expect(second.process.lines.filter((line) => !isOfOthers(line))).toEqual([
      expect.stringContaining('cache-1 listens'),
      'cache-1 is ready',
      'cache-1 leaves',
      'cache-1 has left',
    ])
    expect(first.process.lines).toContain('cache-0 sees cache-1: left')
    const all = [...early, ...late]
    for (const client of [a, c]) {
      expect(await client.mget(all)).toEqual(all.map((key) => `value of ${key}`))
      expect(await client.get('sum')).toBe('15')
    }

    // Somebody starts another pod with a name that is taken.
    await start('cache-2')
    expect((await third.process.exited).code).toBe(1)
    expect(third.process.lines.at(-1)).toBe('cache-2 was superseded')
  })

  it('does not start with nonsense in its settings, nor on a port that is taken, and says so', async () => {
    const args = programArguments('main.ts')
    const taken = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void taken.close())
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-keys-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const keyFile = join(folder, 'keys')
    writeFileSync(keyFile, `a ${'a'.repeat(32)}`)
    const env = { SEEDS: '127.0.0.1:1', HOST: '127.0.0.1', PORT: '0', HTTP_PORT: '0' }
    const started = (wrong: Record<string, string>) =>
      spawnChild({
        ...{ args, env: { ...env, RESP_PORT: '0', ...wrong } },
        ...{ readyLine: 'listens', readyTimeoutMs: 60_000 },
      })
    const cases: [Record<string, string>, string][] = [
      [{ RESP_PORT: 'redis' }, "RESP_PORT: expected a whole number from 0 to 65535, got 'redis'"],
      [{ RESP_PORT: String(port) }, `RESP_PORT: expected a port that is free, got ${port}`],
      [{ PORT: String(port) }, `PORT: 127.0.0.1 port ${port} is in use`],
      [{ HOST: '192.0.2.1' }, 'KEY_FILE: expected a file of keys, for 192.0.2.1 is reached by others'],
      [{ KEY_FILE: 'keys' }, 'KEY_FILE: expected a list of keys, or the absolute path'],
      [{ KEY_FILE: '/nope' }, 'KEY_FILE: key file at /nope: cannot be read (ENOENT)'],
      [{ KEY_FILE: '/no/keys' }, 'KEY_FILE: key file /no/keys: cannot be read (ENOENT)'],
      [
        { HOST: '192.0.2.1', KEY_FILE: keyFile },
        'HOST: no interface of this machine has the address 192.0.2.1',
      ],
      [{ POD_NAME: 'a pod' }, 'POD_NAME: expected'],
    ]
    for (const [wrong, text] of cases) {
      await expect(started(wrong)).rejects.toThrow(
        `ended (code 1, signal null) before it printed 'listens':\n${text}`,
      )
    }
  })
})
