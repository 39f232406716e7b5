import { promises as dns } from 'node:dns'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type DnsPod, type DnsServer, startDnsServer } from '../../src/index.ts'

const service = 'cache.prod.svc.cluster.local'
let server: DnsServer
let resolver: dns.Resolver

beforeEach(async () => {
  server = await startDnsServer()
  resolver = new dns.Resolver({ timeout: 300, tries: 1 })
  resolver.setServers([server.server])
})

afterEach(async () => {
  resolver.cancel()
  await server.close()
})

function pods(count: number): DnsPod[] {
  return Array.from({ length: count }, (_, i) => ({
    hostname: `cache-${i}`,
    addresses: [`10.0.${i >> 8}.${i & 255}`],
    ports: [{ name: 'peer', port: 7946 }],
  }))
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error) => error.code,
  )

describe('answers of a headless Service', () => {
  it('gives every pod its addresses under the Service and under its own name', async () => {
    server.setService({
      name: service,
      pods: [{ hostname: 'cache-0', addresses: ['10.0.0.1', 'fd00::1'] }, { addresses: ['10.0.0.2'] }],
    })
    expect((await resolver.resolve4(service)).sort()).toEqual(['10.0.0.1', '10.0.0.2'])
    expect(await resolver.resolve6(service)).toEqual(['fd00::1'])
    expect(await resolver.resolve4(`cache-0.${service}`)).toEqual(['10.0.0.1'])
    expect(await resolver.resolve4(`10-0-0-2.${service}`)).toEqual(['10.0.0.2'])
    expect(await resolver.resolve4('CACHE.prod.svc.Cluster.Local')).toHaveLength(2)
  })

  it('gives the configured time to live', async () => {
    server.setService({ name: service, pods: pods(1) })
    expect(await resolver.resolve4(service, { ttl: true })).toEqual([{ address: '10.0.0.0', ttl: 30 }])
  })

  it('lists one SRV target for each pod and named port', async () => {
    server.setService({
      name: service,
      pods: [
        { hostname: 'cache-0', addresses: ['10.0.0.1', 'fd00::1'], ports: [{ name: 'peer', port: 7001 }] },
        { hostname: 'cache-1', addresses: ['10.0.0.2'], ports: [{ name: 'peer', port: 7002 }] },
      ],
    })
    const found = await resolver.resolveSrv(`_peer._tcp.${service}`)
    expect(found.map(({ name, port }) => ({ name, port }))).toEqual([
      { name: `cache-0.${service}`, port: 7001 },
      { name: `cache-1.${service}`, port: 7002 },
    ])
    expect(await codeOf(resolver.resolveSrv(`_other._tcp.${service}`))).toBe('ENOTFOUND')
  })

  it('tells no such name from a name without such records', async () => {
    expect(await codeOf(resolver.resolve4(service))).toBe('ENOTFOUND')
    server.setService({ name: service, pods: pods(1) })
    expect(await codeOf(resolver.resolve6(service))).toBe('ENODATA')
    expect(await codeOf(resolver.resolve4('prod.svc.cluster.local'))).toBe('ENODATA')
    expect(await codeOf(resolver.resolve4('example.org'))).toBe('EREFUSED')
    server.removeService(service)
    expect(await codeOf(resolver.resolve4(service))).toBe('ENOTFOUND')
  })

  it('keeps a pod that is not ready out, unless the Service publishes it', async () => {
    const unready = [{ hostname: 'cache-0', addresses: ['10.0.0.1'], ready: false }]
    server.setService({ name: service, pods: unready })
    expect(await codeOf(resolver.resolve4(service))).toBe('ENOTFOUND')
    server.setService({ name: service, pods: unready, publishNotReadyAddresses: true })
    expect(await resolver.resolve4(service)).toEqual(['10.0.0.1'])
  })

  it('shuffles addresses, the same way for the same seed', async () => {
    const orders = async (dnsServer: DnsServer) => {
      dnsServer.setService({ name: service, pods: pods(10) })
      resolver.setServers([dnsServer.server])
      const all: string[] = []
      for (let i = 0; i < 5; i += 1) all.push((await resolver.resolve4(service)).join())
      return all
    }
    const first = await orders(server)
    expect(new Set(first).size).toBeGreaterThan(1)
    await using again = await startDnsServer()
    expect(await orders(again)).toEqual(first)
  })

  it('keeps plain records as they are given, duplicates and all', async () => {
    server.setRecords('odd.cluster.local', [
      { type: 'A', address: '10.0.0.1' },
      { type: 'A', address: '10.0.0.1' },
      { type: 'AAAA', address: '::ffff:10.0.0.9' },
    ])
    expect(await resolver.resolve4('odd.cluster.local')).toEqual(['10.0.0.1', '10.0.0.1'])
    expect(await resolver.resolve6('odd.cluster.local')).toEqual(['::ffff:10.0.0.9'])
  })
})

describe('sizes', () => {
  it.each([
    [29, ['udp']],
    [30, ['udp', 'tcp']],
    [1000, ['udp', 'tcp']],
    [4000, ['udp', 'tcp']],
  ])('answers %i A records over %j', async (count, transports) => {
    server.setService({ name: service, pods: pods(count) })
    expect(new Set(await resolver.resolve4(service)).size).toBe(count)
    expect(server.queries.map((query) => query.transport)).toEqual(transports)
  })

  it('cuts what does not fit in 64 KiB, which Node does not show', async () => {
    server.setService({ name: service, pods: pods(5000) })
    const found = await resolver.resolve4(service)
    expect(found.length).toBeGreaterThan(4080)
    expect(found.length).toBeLessThan(4096)
  })

  it('fills an SRV answer with additionals as far as they fit, which c-ares cannot always read', async () => {
    server.setService({ name: service, pods: pods(500) })
    expect(await resolver.resolveSrv(`_peer._tcp.${service}`)).toHaveLength(500)
    server.setService({ name: service, pods: pods(1000) })
    expect(await codeOf(resolver.resolveSrv(`_peer._tcp.${service}`))).toBe('EFORMERR')
  })
})

describe('faults', () => {
  beforeEach(() => server.setService({ name: service, pods: pods(40) }))

  it.each([
    ['SERVFAIL', 'ESERVFAIL'],
    ['REFUSED', 'EREFUSED'],
    ['FORMERR', 'EFORMERR'],
    ['NOTIMP', 'ENOTIMP'],
    ['NXDOMAIN', 'ENOTFOUND'],
  ] as const)('answers %s on request and ends it on request', async (code, expected) => {
    server.setFaults({ code })
    expect(await codeOf(resolver.resolve4(service))).toBe(expected)
    server.setFaults({})
    expect(await resolver.resolve4(service)).toHaveLength(40)
  })

  it('is silent on request', async () => {
    server.setFaults({ silent: true })
    expect(await codeOf(resolver.resolve4(service))).toBe('ETIMEOUT')
    expect(server.queries[0]).toEqual({ name: service, type: 'A', transport: 'udp' })
  })

  it('is silent on TCP only', async () => {
    server.setFaults({ silentTcp: true })
    expect(await codeOf(resolver.resolve4(service))).toBe('ETIMEOUT')
    expect(await codeOf(resolver.resolve6(service))).toBe('ENODATA')
  })

  it('refuses TCP connections when TCP is off', async () => {
    await using udpOnly = await startDnsServer({ tcp: false })
    udpOnly.setService({ name: service, pods: pods(40) })
    resolver.setServers([udpOnly.server])
    expect(await codeOf(resolver.resolve4(service))).toBe('ECONNREFUSED')
  })

  it('affects the named types only', async () => {
    server.setFaults({ types: ['AAAA'], code: 'SERVFAIL' })
    expect(await codeOf(resolver.resolve6(service))).toBe('ESERVFAIL')
    expect(await resolver.resolve4(service)).toHaveLength(40)
  })

  it('leaves records out, and gives an empty answer for none', async () => {
    server.setFaults({ maxRecords: 7 })
    expect(await resolver.resolve4(service)).toHaveLength(7)
    server.setFaults({ maxRecords: 0 })
    expect(await codeOf(resolver.resolve4(service))).toBe('ENODATA')
  })

  it('delays answers, and closes with answers still waiting', async () => {
    server.setFaults({ delayMs: 50 })
    const order: string[] = []
    const slow = resolver.resolve6(service).catch(() => order.push('dns'))
    await new Promise<void>((resolve) => setImmediate(() => resolve(void order.push('immediate'))))
    await slow
    expect(order).toEqual(['immediate', 'dns'])
    server.setFaults({ delayMs: 60_000 })
    const never = codeOf(resolver.resolve4(service))
    await server.close()
    expect(await never).not.toBe('no error')
  })
})

it('rejects a port that is taken', async () => {
  expect(await codeOf(startDnsServer({ port: server.port }))).toBe('EADDRINUSE')
})

it('listens on IPv6', async () => {
  await using six = await startDnsServer({ address: '::1' })
  six.setService({ name: service, pods: pods(40) })
  resolver.setServers([six.server])
  expect(await resolver.resolve4(service)).toHaveLength(40)
})
