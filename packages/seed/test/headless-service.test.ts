import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { type HeadlessServiceOptions, headlessService } from '../src/index.ts'
import { type FakeAnswers, fakeResolver } from './support/fake-resolver.ts'
import { addressesOf, snapshotWhere, watchUntil } from './support/watch.ts'

const full = 'cache.prod.svc.cluster.local'
const folder = mkdtempSync(join(tmpdir(), 'rollcall-seed-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
function resolvConf(text: string): string {
  const path = join(folder, `resolv-${++files}.conf`)
  writeFileSync(path, text)
  return path
}

const podConf = resolvConf(
  'search prod.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\nnameserver 10.96.0.11\noptions ndots:5\n',
)

/** A source over a table of answers; names that are not in it do not exist. */
function fakeService(answers: FakeAnswers, options: HeadlessServiceOptions = {}, service = full) {
  const fake = fakeResolver(answers)
  const source = headlessService(service, {
    servers: ['10.0.0.53'],
    resolvConfPath: podConf,
    resolver: fake.resolver,
    urgentPollMs: 20,
    deadlineMs: 1000,
    random: () => 0.5,
    ...options,
  })
  return { ...fake, source }
}

describe('names', () => {
  it.each([
    ['cache', full],
    ['cache.prod', full],
    ['cache.other', 'cache.other.svc.cluster.local'],
    [full, full],
    [`${full}.`, full],
  ])('asks for %s by one name, once for each family', async (service, name) => {
    const { source, asked } = fakeService(() => ['10.0.0.1'], {}, service)
    await snapshotWhere(source)
    expect(asked).toEqual([`10.0.0.53 A ${name}`, `10.0.0.53 AAAA ${name}`])
  })

  it('goes through the search list outside a cluster, and asks first for the name that worked', async () => {
    const conf = resolvConf('search a.example b.example\nnameserver 10.0.0.53\n')
    const { source, asked } = fakeService(
      (_, type, name) => (name !== 'peers.b.example' ? 'ENOTFOUND' : type === 'A' ? ['10.0.0.1'] : 'ENODATA'),
      { resolvConfPath: conf },
      'peers',
    )
    await snapshotWhere(source)
    expect(asked.map((line) => line.split(' ')[2])).toEqual([
      ...['peers.a.example', 'peers.a.example', 'peers.b.example', 'peers.b.example'],
    ])
    asked.length = 0
    await watchUntil(source, () => asked.length >= 10)
    expect(new Set(asked.slice(4).map((line) => line.split(' ')[2]))).toEqual(new Set(['peers.b.example']))
  })

  it('has a cluster id from Service and namespace, or the given one', () => {
    expect(headlessService('cache', { resolvConfPath: podConf }).clusterId).toBe('cache.prod')
    expect(headlessService('cache.prod.svc.cluster.local.').clusterId).toBe('cache.prod')
    expect(headlessService('cache', { clusterId: 'blue' })).toMatchObject({
      clusterId: 'blue',
      origin: 'DNS',
    })
    vi.stubEnv('POD_NAMESPACE', 'other')
    expect(headlessService('cache', { resolvConfPath: resolvConf('') }).clusterId).toBe('cache.other')
    vi.unstubAllEnvs()
  })
})

describe('answers', () => {
  it('are canonical, sorted and without duplicates or addresses that cannot be dialed', async () => {
    const { source } = fakeService((_, type) =>
      type === 'A' ? ['10.0.0.2', '10.0.0.1', '10.0.0.2'] : ['fd00:0::1', '::ffff:10.0.0.1', 'fe80::1'],
    )
    const snapshot = await snapshotWhere(source)
    expect(addressesOf(snapshot)).toEqual(['10.0.0.1', '10.0.0.2', 'fd00::1'])
    expect(snapshot.problem).toMatchObject({ type: 'unusable-addresses', addresses: ['fe80::1'] })
  })

  it('of one family are enough, and only the families wanted are asked for', async () => {
    const { source } = fakeService((_, type) => (type === 'A' ? 'ENODATA' : ['fd00::1']), { port: 7946 })
    expect(await snapshotWhere(source)).toEqual({ seeds: [{ address: 'fd00::1', port: 7946 }] })
    const one = fakeService(() => ['10.0.0.1'], { families: ['ipv4'] })
    await snapshotWhere(one.source)
    expect(one.asked).toEqual([`10.0.0.53 A ${full}`])
  })

  it('keep their seeds when the other family fails, each its own last good ones', async () => {
    let failing = false
    const { source } = fakeService((_, type) => {
      if (type === 'AAAA') return failing ? 'ESERVFAIL' : ['fd00::1']
      return failing ? ['10.0.0.2'] : ['10.0.0.1']
    })
    const first = await snapshotWhere(source, (snapshot) => {
      failing = true
      return snapshot.problem !== undefined
    })
    expect(addressesOf(first)).toEqual(['10.0.0.2', 'fd00::1'])
    expect(first.problem).toMatchObject({ type: 'server-failed', recordType: 'AAAA', code: 'ESERVFAIL' })
  })

  it('do not wait long for a family that is never answered', async () => {
    const { source } = fakeService((_, type) => (type === 'A' ? ['10.0.0.1'] : 'silence'), {
      deadlineMs: 60_000,
    })
    const snapshot = await snapshotWhere(source, () => true, { timeoutMs: 10_000 })
    expect(snapshot).toMatchObject({ seeds: [{ address: '10.0.0.1' }], problem: { type: 'server-silent' } })
  })

  it('that say "none" are a problem of their own class', async () => {
    const none = await snapshotWhere(fakeService(() => 'ENOTFOUND').source)
    expect(none).toMatchObject({ seeds: [], problem: { type: 'no-such-name', names: [full] } })
    const empty = await snapshotWhere(fakeService(() => 'ENODATA').source)
    expect(empty).toMatchObject({ seeds: [], problem: { type: 'no-records' } })
  })
})

describe('name servers', () => {
  it.each([
    ['ESERVFAIL', 'server-failed'],
    ['ENOTIMP', 'server-failed'],
    ['EFORMERR', 'server-failed'],
    ['EBADRESP', 'server-failed'],
    ['EREFUSED', 'server-refused'],
    ['ECONNREFUSED', 'server-unreachable'],
    ['ETIMEOUT', 'server-silent'],
    ['silence', 'server-silent'],
  ])('that give %s are reported as %s, and the next one is asked', async (answer, type) => {
    const { source } = fakeService(() => answer, { deadlineMs: 200 })
    const { problem } = await snapshotWhere(source)
    expect(problem).toMatchObject({ type, server: '10.0.0.53' })
    expect(problem?.message).not.toContain('last good set')
    const two = fakeService((server) => (server === '10.0.0.53' ? answer : ['10.0.0.1']), {
      servers: ['10.0.0.53', '10.0.0.54'],
      deadlineMs: 400,
    })
    expect(await snapshotWhere(two.source)).toEqual({ seeds: [{ address: '10.0.0.1' }] })
  })

  it('that gave records are asked first from then on', async () => {
    const { source, asked } = fakeService((server) => (server === '10.0.0.53' ? 'ESERVFAIL' : ['10.0.0.1']), {
      servers: ['10.0.0.53', '10.0.0.54'],
    })
    await watchUntil(source, () => asked.length >= 10)
    const servers = asked.map((line) => line.split(' ')[0])
    expect(servers.slice(0, 4).sort()).toEqual(['10.0.0.53', '10.0.0.53', '10.0.0.54', '10.0.0.54'])
    expect(new Set(servers.slice(4))).toEqual(new Set(['10.0.0.54']))
  })

  it('after one that failed are not believed when they say that there is no such name', async () => {
    let failing = false
    const { source } = fakeService(
      (server) => (server === '10.0.0.54' ? 'ENOTFOUND' : failing ? 'ESERVFAIL' : ['10.0.0.1']),
      { servers: ['10.0.0.53', '10.0.0.54'] },
    )
    const snapshot = await snapshotWhere(source, (one) => {
      failing = true
      return one.problem !== undefined
    })
    expect(snapshot).toMatchObject({ seeds: [{ address: '10.0.0.1' }], problem: { type: 'server-failed' } })
  })

  it('whose outage has just passed are not said to have TCP blocked', async () => {
    let outage = true
    const { source } = fakeService(
      (_, __, name) => {
        if (name !== full) return 'ENOTFOUND'
        if (!outage) return ['10.0.0.1']
        outage = false
        return 'ETIMEOUT'
      },
      { families: ['ipv4'] },
    )
    const first = await snapshotWhere(source)
    expect(first).toEqual({ seeds: [{ address: '10.0.0.1' }] })
  })

  it('come from resolv.conf, which is read again after a failure', async () => {
    const path = resolvConf('nameserver 10.0.0.1\n')
    const { source } = fakeService((server) => (server === '10.0.0.2' ? ['10.9.9.9'] : 'ECONNREFUSED'), {
      servers: undefined as never,
      resolvConfPath: path,
    })
    const snapshot = await snapshotWhere(source, (one) => {
      writeFileSync(path, 'nameserver 10.0.0.2\n')
      return one.problem === undefined
    })
    expect(addressesOf(snapshot)).toEqual(['10.9.9.9'])
  })

  it('get one resolver for many polls while they answer', async () => {
    const { source, made, asked } = fakeService(() => ['10.0.0.1'])
    await watchUntil(source, () => asked.length >= 10)
    expect(made).toEqual(['10.0.0.53'])
  })
})

describe('SRV records', () => {
  const srvName = `_peer._tcp.${full}`
  const targets = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      name: `cache-${i}.${full}`,
      port: 7000 + i,
      priority: 0,
      weight: 1,
    }))

  it('give a port and a host name for each address of a target', async () => {
    const { source } = fakeService(
      (_, type, name) => {
        if (name === srvName) return [...targets(2), { name: 'outside.example', port: 9 }]
        const i = name.startsWith('cache-0') ? 1 : name.startsWith('cache-1') ? 2 : 3
        return type === 'A' ? [`10.0.0.${i}`] : i === 1 ? ['fd00::1'] : 'ENODATA'
      },
      { portName: 'peer' },
    )
    expect(await snapshotWhere(source)).toEqual({
      seeds: [
        { address: '10.0.0.1', port: 7000, hostname: 'cache-0' },
        { address: '10.0.0.2', port: 7001, hostname: 'cache-1' },
        { address: '10.0.0.3', port: 9, hostname: 'outside.example' },
        { address: 'fd00::1', port: 7000, hostname: 'cache-0' },
      ],
    })
  })

  it('have at most 50 look-ups of targets in flight', async () => {
    const { source, inFlight } = fakeService(
      (_, type, name) =>
        name === srvName ? targets(600) : type === 'A' ? [`10.0.${name.length}.1`] : 'ENODATA',
      { portName: 'peer' },
    )
    expect((await snapshotWhere(source)).seeds).toHaveLength(600)
    expect(inFlight.most).toBe(50)
  })

  it('fall back to A and AAAA when the answer cannot be read', async () => {
    const { source } = fakeService(
      (_, type) => (type === 'SRV' ? 'EFORMERR' : type === 'A' ? ['10.0.0.1'] : 'ENODATA'),
      {
        portName: 'peer',
        port: 7946,
      },
    )
    const snapshot = await snapshotWhere(source)
    expect(snapshot.seeds).toEqual([{ address: '10.0.0.1', port: 7946 }])
    expect(snapshot.problem?.type).toBe('srv-unreadable')
  })

  it('keep the last addresses of a target that cannot be asked for', async () => {
    let failing = false
    const { source } = fakeService(
      (_, type, name) => {
        if (name === srvName) return targets(2)
        if (failing && name.startsWith('cache-1')) return 'ESERVFAIL'
        return type === 'A' ? [name.startsWith('cache-0') ? '10.0.0.1' : '10.0.0.2'] : 'ENODATA'
      },
      { portName: 'peer' },
    )
    const snapshot = await snapshotWhere(source, (one) => {
      failing = true
      return one.problem !== undefined
    })
    expect(addressesOf(snapshot)).toEqual(['10.0.0.1', '10.0.0.2'])
    expect(snapshot.problem).toMatchObject({ type: 'targets-unresolved', targets: [`cache-1.${full}`] })
  })

  it('near the ceiling are warned about', async () => {
    const { source } = fakeService(
      (_, type, name) => (name === srvName ? targets(1100) : type === 'A' ? ['10.0.0.1'] : 'ENODATA'),
      { portName: 'peer' },
    )
    expect((await snapshotWhere(source)).problem).toMatchObject({ type: 'near-ceiling', recordType: 'SRV' })
  })
})
