import { createServer } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { Cluster } from '../../src/index.ts'
import { Clusters, memberOf, recorder } from './clusters.ts'
import { until } from './sockets.ts'

const clusters = new Clusters()
afterEach(() => clusters.leave())

describe('events', () => {
  it('come after the view has changed, in order, with the view', async () => {
    const first = await clusters.join({ name: 'a' })
    const numbers: number[] = []
    const seen: string[] = []
    first.on('member-joined', ({ member, view }) => {
      seen.push(`joined ${member.name}`)
      numbers.push(view.number)
      expect(view.members).toContain(member)
      expect(first.view.number).toBeGreaterThanOrEqual(view.number)
    })
    first.on('view-changed', ({ view }) => {
      seen.push('view-changed')
      expect(view.members.length).toBe(seen.filter((one) => one.startsWith('joined')).length + 1)
    })
    await clusters.join({ name: 'b' })
    await clusters.join({ name: 'c' })
    await until('both joined', () => numbers.length === 2)
    expect(seen).toEqual(['joined b', 'view-changed', 'joined c', 'view-changed'])
    expect(numbers[0]).toBeLessThan(numbers[1] as number)
  })

  it('reach the other listeners when one throws or rejects, and nothing else happens', async () => {
    const { lines, fields, logger } = recorder()
    const first = await clusters.join({ logger })
    let reached = 0
    first.on('member-joined', () => {
      throw new Error('thrown by a listener')
    })
    first.on('member-joined', async () => {
      throw new Error('rejected by a listener')
    })
    first.once('member-joined', () => reached++)
    first.on('member-joined', () => reached++)
    await clusters.join()
    await clusters.join()
    await until('both joined', () => reached === 3)
    await until(
      'all is logged',
      () => lines.filter((line) => line.includes('listener of member-joined')).length === 4,
    )
    expect(fields.find(({ event }) => event === 'member-joined')?.err).toBeInstanceOf(Error)
  })

  it('may be answered with calls on the cluster', async () => {
    const first = await clusters.join({ name: 'first' })
    first.once('member-joined', () => {
      first.setMetadata('changed')
      first.leave()
    })
    const second = await clusters.join()
    expect(await first.closed).toEqual({ type: 'left' })
    await until('the other knows', () => memberOf(second, 'first')?.state === 'left')
  })
})

describe('explain', () => {
  it('says of the living that they live, of who left that it left, and of nobody nothing', async () => {
    const [first, second] = (await clusters.form(2)) as [Cluster, Cluster]
    expect(first.explain('m-0')).toMatchObject({ state: 'alive', text: 'm-0 is this member itself.' })
    const living = first.explain('m-1')
    expect(living).toMatchObject({ state: 'alive', evidence: [], observer: { isolated: false, present: 2 } })
    expect(living?.text).toMatch(/^m-1 is alive: last heard \d+ ms ago\.$/)
    expect(living?.lastHeardAt).toBeGreaterThan(first.view.self.since - 1000)
    expect(first.explain('nobody')).toBeUndefined()
    await second.leave()
    await until('it has left', () => memberOf(first, 'm-1')?.state === 'left')
    expect(first.explain('m-1')).toMatchObject({ state: 'left', text: 'm-1 left: it said goodbye.' })
  })
})

describe('the view', () => {
  it('is the same object until something changes, and frozen', async () => {
    const first = await clusters.join({ name: 'a', metadata: { deep: [1] } })
    const { view } = first
    expect(first.view).toBe(view)
    for (const part of [view, view.members, view.self, view.self.addresses, view.self.metadata]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
    await first.setMetadata({ deep: [2] })
    expect(first.view).not.toBe(view)
    expect(view.self.metadata).toEqual({ deep: [1] })
    expect(first.view.self.metadata).toEqual({ deep: [2] })
  })
})

describe('metadata', () => {
  it('reaches the others, at the start and when it is replaced', async () => {
    const first = await clusters.join({ name: 'a', metadata: { zone: 'x' } })
    const second = await clusters.join({ name: 'b' })
    await clusters.agreed([first, second])
    expect(memberOf(second, 'a')?.metadata).toEqual({ zone: 'x' })
    expect(memberOf(first, 'b')?.metadata).toBeUndefined()
    const updated = new Promise<unknown[]>((resolve) => {
      second.once('member-updated', ({ member, previous }) => resolve([member.metadata, previous.metadata]))
    })
    await first.setMetadata({ zone: 'y' })
    expect(await updated).toEqual([{ zone: 'y' }, { zone: 'x' }])
  })

  it('is typed and checked by a parser', async () => {
    const { lines, logger } = recorder()
    const parseMetadata = (value: unknown): { weight: number } => {
      if (typeof value === 'object' && value !== null && 'weight' in value)
        return { weight: Number(value.weight) }
      throw new Error('no weight')
    }
    const first = await clusters.join({ parseMetadata, logger, metadata: { weight: '7' } })
    const second = await clusters.join({ name: 'bad', metadata: 'none of that' })
    await clusters.agreed([first as Cluster, second])
    const weight: number | undefined = first.view.self.metadata?.weight
    expect(weight).toBe(7)
    expect(memberOf(first, 'bad')?.metadata).toBeUndefined()
    expect(lines.filter((line) => line.includes('no weight')).length).toBe(1)
  })

  it('is refused when it is too large or no plain data, and the old one stays', async () => {
    const first = await clusters.join({ metadata: 'old' })
    await expect(first.setMetadata('x'.repeat(20_000))).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_METADATA_TOO_LARGE',
      maxBytes: 16_384,
    })
    await expect(first.setMetadata(() => 0)).rejects.toMatchObject({ code: 'ERR_ROLLCALL_METADATA_TYPE' })
    expect(first.view.self.metadata).toBe('old')
  })
})

describe('changes()', () => {
  it('gives the present view first, then what happens, and ends with the cluster', async () => {
    const first = await clusters.join({ name: 'a' })
    const types: string[] = []
    const reading = (async () => {
      for await (const change of first.changes()) types.push(change.type)
    })()
    await clusters.join({ name: 'b' })
    await until('b is told', () => types.includes('member-joined'))
    await first.leave()
    await reading
    expect(types.slice(0, 2)).toEqual(['view', 'member-joined'])
    expect(() => first.changes()).toThrow(expect.objectContaining({ code: 'ERR_ROLLCALL_CLOSED' }))
  })

  it('refuses wrong options, and leaves nothing behind', async () => {
    const first = await clusters.join()
    const open = (options: unknown) => () => first.changes(options as never)
    expect(open({ signal: 'x' })).toThrow(/option signal: expected an AbortSignal, got "x"/)
    expect(open({ signal: null })).toThrow(/option signal/)
    expect(open({ sigal: 1 })).toThrow(/such as signal/)
    for (const wrong of [null, 5, 'x', []]) expect(open(wrong)).toThrow(/option options: expected an object/)
    await first.leave()
  })

  it('ends quietly when its signal is aborted, before or while reading', async () => {
    const first = await clusters.join()
    for await (const _ of first.changes({ signal: AbortSignal.abort() })) expect.unreachable()
    const ending = new AbortController()
    let items = 0
    for await (const _ of first.changes({ signal: ending.signal })) {
      items++
      setImmediate(() => ending.abort())
    }
    expect(items).toBe(1)
  })
})

describe('settled()', () => {
  it('waits for the members wanted', async () => {
    const first = await clusters.join({ name: 'a' })
    const settled = first.settled({ minMembers: 2, stableMs: 20 })
    await clusters.join({ name: 'b' })
    expect((await settled).members.map((member) => member.name)).toEqual(['a', 'b'])
  })

  it('rejects when it is aborted or the cluster closes, and for wrong options', async () => {
    const first = await clusters.join()
    const aborted = AbortSignal.abort(new Error('enough'))
    await expect(first.settled({ minMembers: 2, signal: aborted })).rejects.toThrow('enough')
    const later = new AbortController()
    const waiting = first.settled({ minMembers: 2, signal: later.signal })
    later.abort(new Error('too long'))
    await expect(waiting).rejects.toThrow('too long')
    await expect(first.settled({ minMembers: 0 })).rejects.toMatchObject({ option: 'minMembers' })
    await expect(first.settled({ stableMs: -1 })).rejects.toMatchObject({ option: 'stableMs' })
    for (const [options, option] of [
      [{ signal: 'x', stableMs: 0 }, 'signal'],
      [{ minMember: 2 }, 'minMember'],
      [null, 'options'],
      [5, 'options'],
    ] as const) {
      const wrong = first.settled(options as never)
      await expect(wrong).rejects.toMatchObject({ code: 'ERR_ROLLCALL_INVALID_OPTION', option })
    }
    const closed = expect(first.settled({ minMembers: 2 })).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_CLOSED',
    })
    await first.leave()
    await closed
    await expect(first.settled()).rejects.toMatchObject({ code: 'ERR_ROLLCALL_CLOSED', reason: 'left' })
  })
})

describe('leaving', () => {
  it('closes the port, may be repeated, and refuses later calls', async () => {
    const first = await clusters.join()
    const port = Number(first.view.self.addresses[0]?.split(':')[1])
    await Promise.all([first.leave(), first.leave()])
    await first.leave()
    await expect(first.setMetadata(1)).rejects.toMatchObject({ code: 'ERR_ROLLCALL_CLOSED', reason: 'left' })
    const again = await clusters.join({ port })
    expect(again.view.self.addresses).toEqual([`127.0.0.1:${port}`])
  })

  it('happens at the end of an `await using` block', async () => {
    let closed: Promise<unknown>
    {
      await using cluster = await clusters.join()
      closed = cluster.closed
    }
    expect(await closed).toEqual({ type: 'left' })
  })

  it('refuses wrong options', async () => {
    const first = await clusters.join()
    await expect(first.leave({ timeoutMs: Number.POSITIVE_INFINITY })).rejects.toThrow(/a finite number/)
    await expect(first.leave({ timeout: 5 } as never)).rejects.toThrow(/such as timeoutMs/)
    for (const wrong of [null, 5])
      await expect(first.leave(wrong as never)).rejects.toMatchObject({ option: 'options' })
    expect(first.view.self.state).toBe('alive')
    await expect(first.leave({ timeoutMs: Number.NaN })).rejects.toMatchObject({ option: 'timeoutMs' })
  })
})

describe('attached to an HTTP server', () => {
  it('has its path for itself, until it leaves or could not join', async () => {
    const server = createServer()
    const early = clusters.join({ server })
    const refused = { name: 'ListenError', code: 'ERR_ROLLCALL_PORT_IN_USE' }
    await expect(clusters.join({ server })).rejects.toMatchObject(refused)
    server.listen(0, '127.0.0.1')
    const first = await early
    try {
      const { port } = server.address() as { port: number }
      const message = 'path /rollcall of the given server is in use by another member'
      const second = clusters.join({ server })
      await expect(second).rejects.toMatchObject({ ...refused, host: '127.0.0.1', port, message })
      await clusters.join({ server, path: '/other', clusterId: 'other' })
      await first.leave()
      await clusters.join({ server })
    } finally {
      await clusters.leave()
      server.close()
    }
  })

  it('gives the path back when it may not join', async () => {
    const server = createServer().listen(0, '0.0.0.0')
    const required = { code: 'ERR_ROLLCALL_SECURITY_REQUIRED' }
    try {
      await expect(clusters.join({ server })).rejects.toMatchObject(required)
      await expect(clusters.join({ server })).rejects.toMatchObject(required)
    } finally {
      server.close()
    }
  })

  it('shares the port with the host program, and leaves it as it was', async () => {
    const servers = await Promise.all(
      [0, 1].map(async () => {
        const server = createServer((_, response) => response.end('mine'))
        server.listen(0, '127.0.0.1')
        return server
      }),
    )
    try {
      const members = await Promise.all(
        servers.map((server, i) => clusters.join({ server, name: `m-${i}`, path: '/internal/rollcall' })),
      )
      await clusters.agreed(members)
      const url = members[0]?.view.self.addresses[0]
      expect(await (await fetch(`http://${url}/`)).text()).toBe('mine')
      const stray = new WebSocket(`ws://${url}/elsewhere`)
      expect((await new Promise<Error>((resolve) => stray.once('error', resolve))).message).toContain('404')
      await members[0]?.leave()
      expect(servers[0]?.listenerCount('upgrade')).toBe(0)
      expect(await (await fetch(`http://${url}/`)).text()).toBe('mine')
    } finally {
      await clusters.leave()
      for (const server of servers) server.close()
    }
  })
})
