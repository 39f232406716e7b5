import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type DnsPod, type DnsServer, startDnsServer } from '@rollcall/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type HeadlessServiceOptions, headlessService, type SeedSource } from '../../src/index.ts'
import { addressesOf, snapshotWhere } from '../support/watch.ts'

const service = 'cache.prod.svc.cluster.local'
let server: DnsServer

beforeEach(async () => {
  server = await startDnsServer()
})
afterEach(() => server.close())

function source(options: HeadlessServiceOptions = {}): SeedSource {
  return headlessService(service, {
    servers: [server.server],
    urgentPollMs: 20,
    deadlineMs: 2000,
    ...options,
  })
}

function pods(count: number): DnsPod[] {
  return Array.from({ length: count }, (_, i) => ({
    hostname: `cache-${i}`,
    addresses: [`10.0.${i >> 8}.${i & 255}`],
    ports: [{ name: 'peer', port: 7946 }],
  }))
}

describe('size', () => {
  it.each([1, 2, 100, 1000, 3999])('finds %i pods by A and AAAA', async (count) => {
    server.setService({ name: service, pods: pods(count) })
    const snapshot = await snapshotWhere(source())
    expect(new Set(addressesOf(snapshot)).size).toBe(count)
    expect(snapshot.problem).toBeUndefined()
  })

  it('warns at 4000, and finds all of 4,500 although every answer is cut', async () => {
    server.setService({ name: service, pods: pods(4000) })
    const snapshot = await snapshotWhere(source())
    expect(snapshot.seeds).toHaveLength(4000)
    expect(snapshot.problem).toMatchObject({ type: 'near-ceiling', recordType: 'A', records: 4000 })
    server.setService({ name: service, pods: pods(4500) })
    // Pauses grow with the list, too long for a test: this jitter takes them away.
    const quick = source({ random: () => -1.49 })
    const all = await snapshotWhere(quick, ({ seeds }) => seeds.length === 4500)
    expect(all.problem?.type).toBe('near-ceiling')
  })

  it('finds dual-stack pods once for each family', async () => {
    server.setService({
      name: service,
      pods: [{ addresses: ['10.0.0.1', 'fd00::1'] }, { addresses: ['fd00::2'] }],
    })
    expect(addressesOf(await snapshotWhere(source()))).toEqual(['10.0.0.1', 'fd00::1', 'fd00::2'])
  })

  it.each([1, 100, 500])('finds %i pods by SRV', async (count) => {
    server.setService({ name: service, pods: pods(count) })
    const { seeds, problem } = await snapshotWhere(source({ portName: 'peer' }))
    expect(problem).toBeUndefined()
    expect(seeds).toHaveLength(count)
    expect(seeds[0]).toEqual({ address: '10.0.0.0', port: 7946, hostname: 'cache-0' })
  })

  it('falls back from SRV to A where the answer cannot be read', async () => {
    server.setService({ name: service, pods: pods(1000) })
    const { seeds, problem } = await snapshotWhere(source({ portName: 'peer', port: 7946 }))
    expect(seeds).toHaveLength(1000)
    expect(seeds[0]).toEqual({ address: '10.0.0.0', port: 7946 })
    expect(problem?.type).toBe('srv-unreadable')
  })
})

describe('change', () => {
  it('is followed from nothing to pods, through their restart, and back to nothing', async () => {
    const steps: [DnsPod[], string[]][] = [
      [[{ addresses: ['10.0.0.1'] }], ['10.0.0.1']],
      [
        [{ addresses: ['10.0.0.1'] }, { addresses: ['10.0.0.2'] }],
        ['10.0.0.1', '10.0.0.2'],
      ],
      [
        [{ addresses: ['10.0.0.1'] }, { addresses: ['10.0.0.3'] }],
        ['10.0.0.1', '10.0.0.3'],
      ],
      [[{ addresses: ['10.0.0.1'], ready: false }], []],
    ]
    const expected = [[], ...steps.map(([, addresses]) => addresses)]
    const seen: string[][] = []
    await snapshotWhere(source(), (snapshot) => {
      seen.push(addressesOf(snapshot))
      const step = steps[seen.length - 1]
      if (step) server.setService({ name: service, pods: step[0] })
      return seen.length === expected.length
    })
    expect(seen).toEqual(expected)
  })
})

describe('faults', () => {
  beforeEach(() => server.setService({ name: service, pods: pods(2) }))

  it.each([
    ['server-failed', { code: 'SERVFAIL' }],
    ['server-failed', { code: 'FORMERR' }],
    ['server-failed', { code: 'NOTIMP' }],
    ['server-refused', { code: 'REFUSED' }],
    ['server-silent', { silent: true }],
  ] as const)('are reported as %s for %j, keep the last good set, and pass', async (type, faults) => {
    const seen: unknown[] = []
    await snapshotWhere(source({ deadlineMs: 500 }), (snapshot) => {
      seen.push([snapshot.seeds.length, snapshot.problem?.type])
      if (snapshot.problem) expect(snapshot.problem.message).toContain('; the last good set is kept')
      server.setFaults(seen.length === 1 ? faults : {})
      return seen.length === 3
    })
    expect(seen).toEqual([
      [2, undefined],
      [2, type],
      [2, undefined],
    ])
  })

  it('at the start are reported, and the first answer comes when they pass', async () => {
    server.setFaults({ code: 'SERVFAIL' })
    const seen: unknown[] = []
    await snapshotWhere(source(), (snapshot) => {
      seen.push([snapshot.seeds.length, snapshot.problem?.type])
      server.setFaults({})
      return seen.length === 2
    })
    expect(seen).toEqual([
      [0, 'server-failed'],
      [2, undefined],
    ])
  })

  it('of nothing listening are reported, with the next server asked', async () => {
    const dead = await startDnsServer()
    await dead.close()
    const gone = await snapshotWhere(source({ servers: [dead.server] }))
    expect(gone.problem).toMatchObject({ type: 'server-unreachable', server: dead.server })
    const two = await snapshotWhere(source({ servers: [dead.server, server.server] }))
    expect(two).toMatchObject({ seeds: [{}, {}] })
    expect(two.problem).toBeUndefined()
  })

  it('of TCP alone are told from a silent server', async () => {
    server.setService({ name: service, pods: pods(40) })
    server.setFaults({ silentTcp: true })
    expect((await snapshotWhere(source())).problem?.type).toBe('tcp-blocked')
    await using udpOnly = await startDnsServer({ tcp: false })
    udpOnly.setService({ name: service, pods: pods(40) })
    expect((await snapshotWhere(source({ servers: [udpOnly.server] }))).problem?.type).toBe('tcp-blocked')
  })

  it('of one family leave the other, and silence on AAAA is not taken for blocked TCP', async () => {
    server.setFaults({ types: ['AAAA'], silent: true })
    const snapshot = await snapshotWhere(source())
    expect(snapshot).toMatchObject({
      seeds: [{}, {}],
      problem: { type: 'server-silent', recordType: 'AAAA' },
    })
  })

  it('of slowness only delay', async () => {
    server.setFaults({ delayMs: 300 })
    expect(await snapshotWhere(source())).toMatchObject({ seeds: [{}, {}] })
  })

  it('of a cut answer give what there is', async () => {
    server.setFaults({ maxRecords: 1 })
    expect((await snapshotWhere(source())).seeds).toHaveLength(1)
  })
})

describe('questions', () => {
  it.each([
    ['silent over UDP', { silent: true }],
    ['silent over TCP', { silentTcp: true }],
    ['well', {}],
  ])('end at once and keep no process alive when the watch ends and the server is %s', async (_, faults) => {
    server.setService({ name: service, pods: pods(40) })
    server.setFaults(faults)
    const script = fileURLToPath(new URL('../support/watch-and-abort.ts', import.meta.url))
    const args = ['--import', 'tsx', '--conditions=@rollcall/source', script, server.server]
    // Rejects if the process has not ended by itself in time.
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 })
    expect(stdout).toBe('ended\n')
    expect(server.queries.length).toBeGreaterThan(0)
  })

  it('are one for each family and poll, by the full name alone', async () => {
    server.setService({ name: service, pods: pods(2) })
    await snapshotWhere(source(), () => true, { urgent: () => false })
    expect(server.queries.map(({ type, transport }) => `${type} ${transport}`).sort()).toEqual([
      'A udp',
      'AAAA udp',
    ])
    expect(new Set(server.queries.map(({ name }) => name))).toEqual(new Set([service]))
  })
})
