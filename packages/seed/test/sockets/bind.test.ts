import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type HeadlessServiceOptions, headlessService } from '../../src/index.ts'
import { type Bind, bindVersion, startBind } from '../support/bind.ts'
import { addressesOf, snapshotWhere } from '../support/watch.ts'

const zone = 'svc.cluster.local'
const counts = [1, 100, 1000, 4000, 5000]
const version = bindVersion()
if (version === undefined) console.warn('skipped: tests against BIND need `named` (Debian package bind9)')

describe.skipIf(version === undefined)(`against ${version ?? 'BIND'}`, () => {
  let bind: Bind
  beforeAll(async () => {
    const many = counts.flatMap((count) =>
      Array.from({ length: count }, (_, i) => `n${count}.prod A 10.1.${i >> 8}.${i & 255}`),
    )
    const peers = Array.from({ length: 100 }, (_, i) => [
      `_peer._tcp.cache.prod SRV 0 1 ${7000 + i} cache-${i}.cache.prod`,
      `cache-${i}.cache.prod A 10.2.0.${i}`,
      `cache-${i}.cache.prod AAAA fd00::${i.toString(16)}:1`,
    ])
    const dual = ['dual.prod A 10.3.0.1', 'dual.prod AAAA fd00::3:1', 'dual.prod AAAA ::ffff:10.3.0.1']
    bind = await startBind(zone, [...many, ...peers.flat(), ...dual, 'empty.prod TXT "no address"'])
  })
  afterAll(() => bind?.[Symbol.asyncDispose]())

  const first = (service: string, options: HeadlessServiceOptions = {}) =>
    snapshotWhere(headlessService(`${service}.prod.${zone}`, { servers: [bind.server], ...options }))

  it.each([1, 100, 1000])('finds %i addresses', async (count) => {
    const snapshot = await first(`n${count}`)
    expect(snapshot.seeds).toHaveLength(count)
    expect(snapshot.problem).toBeUndefined()
  })

  it('finds 4,000 addresses and warns', async () => {
    const snapshot = await first('n4000')
    expect(snapshot.seeds).toHaveLength(4000)
    expect(snapshot.problem).toMatchObject({ type: 'near-ceiling', records: 4000 })
  })

  it('finds what fits of 5,000 addresses and warns', async () => {
    const snapshot = await first('n5000')
    expect(snapshot.seeds.length).toBeGreaterThan(4050)
    expect(snapshot.seeds.length).toBeLessThan(4100)
    expect(snapshot.problem?.type).toBe('near-ceiling')
  })

  it('finds both families, each address once', async () => {
    expect(addressesOf(await first('dual'))).toEqual(['10.3.0.1', 'fd00::3:1'])
  })

  it('finds ports and host names by SRV', async () => {
    const { seeds, problem } = await first('cache', { portName: 'peer' })
    expect(problem).toBeUndefined()
    expect(seeds).toHaveLength(200)
    expect(seeds).toContainEqual({ address: '10.2.0.7', port: 7007, hostname: 'cache-7' })
    expect(seeds).toContainEqual({ address: 'fd00::7:1', port: 7007, hostname: 'cache-7' })
  })

  it('tells no such name from a name without addresses, and from a name that is not served', async () => {
    expect((await first('absent')).problem?.type).toBe('no-such-name')
    expect((await first('empty')).problem?.type).toBe('no-records')
    const elsewhere = headlessService('peers.example.org.', { servers: [bind.server] })
    expect((await snapshotWhere(elsewhere)).problem?.type).toBe('server-refused')
  })
})
