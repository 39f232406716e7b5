import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { type Cluster, streamTopic, topic } from '@rollcall/membership'
import { type Child, createProxy, type FaultProxy, spawnChild } from '@rollcall/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { freePort } from './support/loopback.ts'
import type { Config } from './support/member-child.ts'
import { agreed, Members, memberOf } from './support/members.ts'
import * as example from './support/messages-example.ts'
import { until } from './support/until.ts'

const MIB = 1024 * 1024
const host = '127.0.0.1'
const echo = topic<unknown>('echo')
const note = topic<unknown>('note')
const never = topic<unknown>('never')
const shard = streamTopic<unknown>('shard')

const members = new Members()
const proxies: FaultProxy[] = []
const children: Child[] = []
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.kill()))
  await members.leave()
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()))
})

/** Members m-0, m-1 and so on that see each other and are linked. */
async function form(count: number): Promise<Cluster[]> {
  const addresses: string[] = []
  const all: Cluster[] = []
  for (let i = 0; i < count; i++) {
    const one = await members.join({ name: `m-${i}`, host, port: 0, seeds: async () => addresses })
    addresses.push(...one.view.self.addresses)
    all.push(one)
  }
  await linked(all)
  return all
}

async function pair(): Promise<[Cluster, Cluster]> {
  return (await form(2)) as [Cluster, Cluster]
}

async function linked(all: readonly Cluster[]): Promise<void> {
  await agreed(all)
  await until('all are linked', () => all.every((one) => one.links().length === all.length - 1))
}

/** A serving process named `child`, linked with the given member. */
async function serving(beside: Cluster): Promise<Child> {
  const program = fileURLToPath(new URL('./support/serving-process.ts', import.meta.url))
  const config: Config = { name: 'child', host, seeds: beside.view.self.addresses }
  const args = ['--conditions=@rollcall/source', '--import', 'tsx', program, JSON.stringify(config)]
  const child = await spawnChild({ args, readyLine: 'serving', readyTimeoutMs: 30_000 })
  children.push(child)
  await until('it is linked', () => beside.links().some(({ name }) => name === 'child'))
  await beside.writable('child')
  return child
}

async function total(chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0
  for await (const chunk of chunks) bytes += chunk.length
  return bytes
}

describe('requests over links', () => {
  it('are answered among three members, many at once, small and large', async () => {
    const all = await form(3)
    for (const one of all) one.serve(echo, async (body, { from }) => ({ from: from.name, body }))
    const asked = all.flatMap((one) =>
      all
        .filter((other) => other !== one)
        .flatMap((other) =>
          Array.from({ length: 200 }, async (_, i) => {
            const body = i % 50 === 0 ? { i, large: 'x'.repeat(200_000) } : { i }
            const answer = await one.request(other.view.self.name, echo, body, { timeoutMs: 60_000 })
            expect(answer).toEqual({ from: one.view.self.name, body })
          }),
        ),
    )
    expect(await Promise.all(asked)).toHaveLength(1200)
    const [a, b] = all as [Cluster, Cluster]
    const bytes = new Uint8Array(4 * MIB).map((_, i) => i * 7)
    b.serve(topic('bytes'), (body) => body)
    expect(Buffer.compare((await a.request('m-1', topic('bytes'), bytes)) as Uint8Array, bytes)).toBe(0)
    await expect(a.request('m-1', echo, new Uint8Array(5 * MIB))).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_BODY_TOO_LARGE',
      bytes: 5 * MIB,
    })
  })

  it('that are aborted or time out abort their handlers', async () => {
    const [a, b] = await pair()
    const reasons: unknown[] = []
    b.serve(never, (_, { signal, deadline }) => {
      signal.onabort = () => reasons.push(signal.reason.code)
      if (deadline !== undefined) expect(Math.abs(deadline - Date.now())).toBeLessThan(60_000)
      return new Promise(() => {})
    })
    const aborting = new AbortController()
    const asked = a.request('m-1', never, 1, { signal: aborting.signal, timeoutMs: Number.POSITIVE_INFINITY })
    setTimeout(() => aborting.abort(new Error('enough')), 50)
    await expect(asked).rejects.toThrow('enough')
    await until('its handler is told', () => reasons.includes('ERR_ROLLCALL_CANCELLED'))
    await expect(a.request('m-1', never, 1, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_REQUEST_TIMEOUT',
    })
    await until('its handler is told', () => reasons.length === 2)
  })

  it('reject at once with MemberGoneError when their member is killed', async () => {
    const [a] = (await form(3)) as [Cluster]
    const child = await serving(a)
    const former = memberOf(a, 'child')
    const asked = a.request('child', never, 1, { timeoutMs: Number.POSITIVE_INFINITY })
    const end = expect(asked).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_MEMBER_GONE',
      how: 'failed',
      mayHaveRun: true,
    })
    await until('it is asked', () => child.lines.includes('asked'))
    await child.kill()
    await end
    expect(memberOf(a, 'child')?.state).toBe('failed')
    await serving(a)
    await until('its name has another life', () => memberOf(a, 'child')?.state === 'alive')
    expect(await a.request('child', echo, 'again')).toBe('again')
    await expect(a.request(former ?? '', echo, 1)).rejects.toMatchObject({
      how: 'restarted',
      mayHaveRun: false,
    })
  })

  it('are unreachable when their link is reset and their member lives', async () => {
    const all: Cluster[] = []
    const addresses: string[] = []
    for (const name of ['m-0', 'm-1']) {
      const upstream = { host, port: await freePort() }
      const proxy = await createProxy({ listen: { host, port: 0 }, upstream })
      proxies.push(proxy)
      const advertise = `${host}:${proxy.address.port}`
      addresses.push(advertise)
      all.push(await members.join({ name, ...upstream, advertise, seeds: async () => addresses }))
    }
    await linked(all)
    const [a, b] = all as [Cluster, Cluster]
    let signal: AbortSignal | undefined
    b.serve(never, (_, context) => {
      signal = context.signal
      return new Promise(() => {})
    })
    b.serve(echo, (body) => body)
    const asked = a.request('m-1', never, 1, { timeoutMs: Number.POSITIVE_INFINITY })
    const end = expect(asked).rejects.toMatchObject({ code: 'ERR_ROLLCALL_UNREACHABLE', mayHaveRun: true })
    await until('it is asked', () => signal)
    for (const proxy of proxies) proxy.resetAll()
    await end
    await until('its handler is told', () => signal?.aborted)
    await a.writable('m-1')
    expect(await a.request('m-1', echo, 'again')).toBe('again')
    expect(members.told(a, 'member-failed')).toEqual([])
  })

  it('to oneself, to nobody and after the end are typed errors', async () => {
    const [a, b] = await pair()
    await expect(a.request('m-0', echo, 1)).rejects.toMatchObject({ code: 'ERR_ROLLCALL_TO_SELF' })
    await expect(a.request('nobody', echo, 1)).rejects.toMatchObject({ code: 'ERR_ROLLCALL_UNKNOWN_MEMBER' })
    await expect(a.request('m-1', echo, 1)).rejects.toMatchObject({ code: 'ERR_ROLLCALL_UNKNOWN_TOPIC' })
    b.serve(never, () => new Promise(() => {}))
    const asked = a.request('m-1', never, 1, { timeoutMs: Number.POSITIVE_INFINITY })
    const end = expect(asked).rejects.toMatchObject({ code: 'ERR_ROLLCALL_CLOSED', reason: 'left' })
    await a.leave()
    await end
    await expect(a.request('m-1', echo, 1)).rejects.toMatchObject({ code: 'ERR_ROLLCALL_CLOSED' })
    await until('it is known to have left', () => memberOf(b, 'm-0')?.state === 'left')
    await expect(b.request('m-0', echo, 1)).rejects.toMatchObject({ how: 'left' })
  })
})

describe('messages over links', () => {
  it('arrive in order, large and small, and reach everybody', async () => {
    const all = await form(3)
    const [a, b] = all as [Cluster, Cluster]
    const seen: unknown[] = []
    b.serve(topic('order'), (body) => void seen.push(Array.isArray(body) ? body[0] : body))
    for (let i = 0; i < 10_000; i++) {
      await a.writable('m-1')
      await a.send('m-1', topic('order'), i % 500 === 0 ? [i, new Uint8Array(150_000)] : i)
    }
    await until('all are there', () => seen.length === 10_000)
    expect(seen).toEqual(Array.from({ length: 10_000 }, (_, i) => i))
    const told: string[] = []
    for (const one of all) one.serve(note, (body) => void told.push(`${one.view.self.name} ${body}`))
    const { accepted, refused } = await a.broadcast(note, 'hello')
    expect([accepted.map(({ name }) => name).sort(), refused]).toEqual([['m-1', 'm-2'], []])
    await until('both have it', () => told.length === 2)
    expect(told.sort()).toEqual(['m-1 hello', 'm-2 hello'])
  })

  it('are refused when their member is frozen and too much waits, and go on when it is not', async () => {
    const [a] = (await form(1)) as [Cluster]
    const child = await serving(a)
    child.signal('SIGSTOP')
    const body = new Uint8Array(64 * 1024)
    let accepted = 0
    const refused = await (async () => {
      for (; accepted < 10_000; accepted++) {
        try {
          await a.send('child', note, body)
        } catch (error) {
          return error
        }
        // Lets what the kernel takes go out.
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    expect(refused).toMatchObject({ code: 'ERR_ROLLCALL_BACKPRESSURE', at: 'sender', member: 'child' })
    expect(accepted * body.length).toBeLessThan(32 * MIB)
    child.signal('SIGCONT')
    await a.writable('child')
    await a.send('child', note, body)
    await until(
      'all have arrived',
      async () => (await a.request('child', topic('notes'), 1)) === accepted + 1,
    )
    expect(await a.request('child', topic('notes'), 1)).toBe(accepted + 1)
  })
})

describe('streams over links', () => {
  it('keep to the pace of a slow reader, beside which requests go on', async () => {
    const [a, b] = await pair()
    b.serve(echo, (body) => body)
    let given = 0
    b.serve(shard, async function* () {
      for (; given < 16 * MIB; given += 100_000) yield new Uint8Array(100_000)
    })
    let read = 0
    let ahead = 0
    for await (const chunk of a.stream('m-1', shard, { name: 'users' })) {
      read += chunk.length
      ahead = Math.max(ahead, given - read)
      if (read % (2 * MIB) < chunk.length) expect(await a.request('m-1', echo, read)).toBe(read)
    }
    expect(read).toBe(given)
    expect(ahead).toBeLessThan(MIB)
  })

  it('go both ways at once, from generators and Node streams', async () => {
    const [a, b] = await pair()
    b.serve(shard, () => Readable.from(Array.from({ length: 100 }, () => Buffer.alloc(100_000, 1))))
    b.serve(topic('upload'), (_, { chunks }) => total(chunks))
    const source = Readable.from(Array.from({ length: 100 }, () => Buffer.alloc(70_000, 2)))
    const [down, up] = await Promise.all([
      total(a.stream('m-1', shard, 1)),
      a.request('m-1', topic('upload'), 1, { chunks: source }),
    ])
    expect([down, up]).toEqual([10_000_000, 7_000_000])
  })

  it('end on the other side when the reader leaves the loop, and fail when the member is killed', async () => {
    const [a, b] = await pair()
    let ended = false
    b.serve(shard, async function* () {
      try {
        for (;;) yield new Uint8Array(10_000)
      } finally {
        ended = true
      }
    })
    for await (const _ of a.stream('m-1', shard, 1)) break
    await until('its source is ended', () => ended)
    const reading = total(a.stream('m-1', shard, 1))
    const end = expect(reading).rejects.toMatchObject({ code: 'ERR_ROLLCALL_MEMBER_GONE', how: 'left' })
    setTimeout(() => b.leave(), 50)
    await end
  })
})

describe('the examples of the guide', () => {
  const text = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

  it('stand in it as they are run here', () => {
    const program = text('./support/messages-example.ts')
    const blocks = [...text('../../docs/messages.md').matchAll(/```ts\n(.*?)```/gs)]
    for (const [, block = ''] of blocks) expect(program).toContain(block)
    expect(blocks).toHaveLength(5)
  })

  it('do what it says', async () => {
    const [a, b, c] = (await form(3)) as [Cluster, Cluster, Cluster]
    const values = new Map([
      ['one', '1'],
      ['two', '2'],
    ])
    example.serve(b, values)
    example.serve(c, new Map())
    expect(await example.read(a, ['m-1'], 'one')).toBe('1')
    await expect(example.read(a, ['m-2'], 'one')).rejects.toMatchObject({
      remoteCode: 'NOT_HERE',
      details: { key: 'one' },
    })
    expect(await example.moveShard(a, 'm-1', 'm-2', 'o')).toBe('one=1\n'.length)
    await example.sendAll(a, 'm-1', ['one', 'two'])
    await until('both are gone', () => values.size === 0)
    await c.leave()
    await until('it is known to have left', () => memberOf(a, 'm-2')?.state === 'left')
    values.set('one', 'new')
    expect(await example.read(a, ['m-2', 'm-1'], 'one')).toBe('new')
  })
})
