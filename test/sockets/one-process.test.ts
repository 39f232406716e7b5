import type { Cluster, LinkState } from '@rollcall/membership'
import { createProxy, type FaultProxy } from '@rollcall/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { freePort, hasManyAddresses } from './support/loopback.ts'
import { agreed, Members, memberOf } from './support/members.ts'
import { until } from './support/until.ts'

const members = new Members()
const proxies: FaultProxy[] = []
afterEach(async () => {
  await members.leave()
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()))
})

describe('in one process', () => {
  it('ten clusters live side by side, and one that ends changes nothing for the others', async () => {
    const clusters = await Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        const where = { host: '127.0.0.1', port: 0, clusterId: `cluster-${i}` }
        const first = await members.join({ ...where, name: 'first', seeds: async () => [] })
        const seeds = async () => first.view.self.addresses
        return [first, await members.join({ ...where, name: 'second', seeds })] as const
      }),
    )
    for (const cluster of clusters) await agreed(cluster)
    await clusters[0]?.[0].leave()
    await until('its peer knows', () => memberOf(clusters[0]?.[1] as Cluster, 'first')?.state === 'left')
    for (const cluster of clusters.slice(1)) await agreed(cluster)
    expect(members.accused()).toEqual(['first'])
  })

  it('members with the longest names, of which only one is listed, find each other', async () => {
    const seeds = async () => first.view.self.addresses
    const where = { host: '127.0.0.1', port: 0, seeds }
    const first: Cluster = await members.join({ ...where, name: `a${'x'.repeat(252)}` })
    const rest = await Promise.all(
      ['b', 'c', 'd'].map((n) => members.join({ ...where, name: n.padEnd(253, 'x') })),
    )
    await agreed([first, ...rest])
    for (const one of [first, ...rest]) await until('all are linked', () => one.links().length === 3)
  })
})

describe.skipIf(!hasManyAddresses)('behind proxies', () => {
  it('a live member whose links are all reset at once, again and again, is never failed', async () => {
    const upstreamPort = await freePort()
    const port = await freePort()
    const hosts = [1, 2, 3, 4, 5].map((n) => `127.0.0.${40 + n}`)
    for (const host of hosts) {
      proxies.push(await createProxy({ listen: { host, port }, upstream: { host, port: upstreamPort } }))
    }
    const seeds = async () => hosts.map((host) => `${host}:${port}`)
    const all = await Promise.all(
      hosts.map((host, n) =>
        members.join({ name: `m-${n}`, host, port: upstreamPort, advertise: `${host}:${port}`, seeds }),
      ),
    )
    const whole = async () => {
      await agreed(all)
      await until('all are linked', () => all.every((one) => one.links().length === all.length - 1))
    }
    await whole()
    for (let round = 0; round < 5; round++) {
      const resetAt = performance.now()
      proxies[0]?.resetAll()
      for (const proxy of proxies) proxy.resetAll({ from: hosts[0] as string })
      const isNew = ({ ageMs }: LinkState) => ageMs < performance.now() - resetAt
      await until('all its old links are gone', () => all[0]?.links().every(isNew))
      await whole()
    }
    expect(all.flatMap((one) => members.told(one, 'member-failed'))).toEqual([])
  })
})
