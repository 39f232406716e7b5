import type { Cluster } from '@rollcall/membership'
import { diagnoseSeeds, type HeadlessServiceOptions, headlessService, staticSeeds } from '@rollcall/seed'
import { startDnsServer } from '@rollcall/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bind, bindVersion, startBind } from '../../packages/seed/test/support/bind.ts'
import { freePort, hasManyAddresses } from './support/loopback.ts'
import { agreed, Members } from './support/members.ts'
import { startUnbound, unboundVersion } from './support/unbound.ts'
import { until } from './support/until.ts'

const zone = 'svc.cluster.local'
const service = `cache.prod.${zone}`
const bind = bindVersion()
const unbound = unboundVersion()
if (bind === undefined) console.warn('skipped: tests against BIND need `named` (Debian package bind9)')
if (unbound === undefined)
  console.warn('skipped: tests against Unbound need `unbound` (Debian package unbound)')

const members = new Members()
afterEach(() => members.leave())

/** A member that asks this server, often. */
function member(
  n: number,
  server: string,
  where: { host: string; port: number },
  more: HeadlessServiceOptions = {},
) {
  const seeds = headlessService(service, { servers: [server], calmPollMs: 50, ...more })
  return members.join({ name: `cache-${n}`, ...where, seeds })
}

/** A member that nobody tells where the others are: they have to find it. */
function blind(n: number, where: { host: string; port: number }) {
  return members.join({ name: `cache-${n}`, ...where, seeds: staticSeeds([], { clusterId: 'cache.prod' }) })
}

async function nothingIsWrong(pods: readonly Cluster[]): Promise<void> {
  const state = () => pods.map((one) => diagnoseSeeds(one.diagnosis()).text)
  await until('nothing is wrong', () => pods.every((one) => diagnoseSeeds(one.diagnosis()).ok), { state })
}

describe.skipIf(bind === undefined)(`a cluster by records of ${bind ?? 'BIND'}`, () => {
  let dns: Bind
  beforeEach(async () => {
    dns = await startBind(zone, [])
  })
  afterEach(() => dns?.[Symbol.asyncDispose]())

  it.skipIf(!hasManyAddresses)('forms by A records once there are some, and finds the next one', async () => {
    const port = await freePort()
    const at = (n: number) => ({ host: `127.0.0.${20 + n}`, port })
    const records = (...numbers: number[]) => numbers.map((n) => `cache.prod A ${at(n).host}`)
    const pods = await Promise.all([0, 1, 2].map((n) => member(n, dns.server, at(n))))
    await until('none is known', () =>
      pods.every((one) => one.diagnosis().seeds?.problem?.type === 'no-such-name'),
    )
    dns.replace(records(0, 1, 2))
    await agreed(pods)
    await nothingIsWrong(pods)
    const late = await blind(3, at(3))
    dns.replace(records(0, 1, 2, 3))
    await agreed([...pods, late])
    expect(members.accused()).toEqual([])
  })

  it('forms by SRV records with a port for each, and finds the next one', async () => {
    const where = { host: '127.0.0.1', port: 0 }
    const records = (...clusters: Cluster[]) => [
      'host.cache.prod A 127.0.0.1',
      ...clusters.map(
        (one) =>
          `_peer._tcp.cache.prod SRV 0 33 ${one.view.self.addresses[0]?.split(':')[1]} host.cache.prod`,
      ),
    ]
    const pods = await Promise.all([0, 1, 2].map((n) => member(n, dns.server, where, { portName: 'peer' })))
    dns.replace(records(...pods))
    await agreed(pods)
    await nothingIsWrong(pods)
    const late = await blind(3, where)
    dns.replace(records(...pods, late))
    await agreed([...pods, late])
    expect(members.accused()).toEqual([])
  })
})

describe.skipIf(unbound === undefined || !hasManyAddresses)(
  `a cluster behind a cache: ${unbound ?? 'Unbound'}`,
  () => {
    it('forms when the cached "no such name" runs out, and finds the next one', async () => {
      await using dns = await startDnsServer({ ttlSeconds: 1 })
      await using cache = await startUnbound('cluster.local.', dns)
      const port = await freePort()
      const at = (n: number) => ({ host: `127.0.0.${30 + n}`, port })
      const list = (...numbers: number[]) =>
        dns.setService({ name: service, pods: numbers.map((n) => ({ addresses: [at(n).host] })) })
      const pods = await Promise.all([0, 1, 2].map((n) => member(n, cache.server, at(n))))
      await until('none is known', () =>
        pods.every((one) => one.diagnosis().seeds?.problem?.type === 'no-such-name'),
      )
      list(0, 1, 2)
      await agreed(pods)
      await nothingIsWrong(pods)
      const late = await blind(3, at(3))
      list(0, 1, 2, 3)
      await agreed([...pods, late])
      expect(members.accused()).toEqual([])
    })
  },
)
