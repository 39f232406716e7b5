import type { Cluster, JoinOptions } from '@rollcall/membership'
import { diagnoseSeeds, type HeadlessServiceOptions, headlessService, staticSeeds } from '@rollcall/seed'
import { type DnsPod, type DnsServer, startDnsServer } from '@rollcall/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freePort, hasIpv6, hasManyAddresses } from './support/loopback.ts'
import { agreed, alive, Members, recorder } from './support/members.ts'
import { until } from './support/until.ts'

const service = 'cache.prod.svc.cluster.local'
const members = new Members()
let dns: DnsServer
let dnsPort: number
let port: number

beforeEach(async () => {
  dns = await startDnsServer()
  dnsPort = dns.port
  port = await freePort()
})
afterEach(async () => {
  await members.leave()
  await dns.close()
})

/** Polls often, so that several polls fit into a test. */
const quick = { deadlineMs: 500, calmPollMs: 50 }

function source(options: HeadlessServiceOptions = {}) {
  return headlessService(service, { servers: [`127.0.0.1:${dnsPort}`], ...quick, ...options })
}

/** A member with an address of its own, all on one port, as pods have it. */
function pod(n: number, options: Partial<JoinOptions> = {}): Promise<Cluster> {
  return members.join({ name: `cache-${n}`, host: `127.0.0.${10 + n}`, port, seeds: source(), ...options })
}

/** Lists pods by number. */
function list(...numbers: number[]): void {
  dns.setService({ name: service, pods: numbers.map((n) => ({ addresses: [`127.0.0.${10 + n}`] })) })
}

/** Waits until the name server was asked so many more times. */
async function polls(count: number): Promise<void> {
  const before = dns.queries.length
  await until(`${count} more questions`, () => dns.queries.length >= before + count)
}

describe.skipIf(!hasManyAddresses)('a cluster by A records', () => {
  it('forms, with the cluster id of the Service, and nothing is wrong', async () => {
    list(0, 1, 2)
    const pods = await Promise.all([0, 1, 2].map((n) => pod(n)))
    await agreed(pods)
    for (const one of pods) {
      expect(one.clusterId).toBe('cache.prod')
      await until('nothing is wrong', () => diagnoseSeeds(one.diagnosis()).ok, {
        state: () => diagnoseSeeds(one.diagnosis()),
      })
      expect(one.diagnosis().text).toBe('3 members are alive, this one included.')
    }
  })

  it('is one as soon as the records appear, though each member started alone', async () => {
    const pods = await Promise.all([0, 1, 2].map((n) => pod(n)))
    await until('each knows why', () => pods.every((one) => one.diagnosis().seeds !== undefined))
    for (const one of pods) {
      expect(alive(one)).toEqual([one.view.self.name])
      expect(one.diagnosis().isolated).toBe(false)
      expect(one.diagnosis().text).toMatch(/^Alone: .*No such name: cache\.prod.*publishNotReadyAddresses/)
    }
    list(0, 1, 2)
    await agreed(pods)
  })

  it('takes in a member that only the others see listed', async () => {
    list(0, 1)
    const pods = await Promise.all([0, 1].map((n) => pod(n)))
    await agreed(pods)
    const blind = await pod(2, { seeds: staticSeeds([], { clusterId: 'cache.prod' }) })
    list(0, 1, 2)
    await agreed([...pods, blind])
  })

  it('loses nobody when the records vanish, nor when the name server does', async () => {
    list(0, 1, 2)
    const pods = await Promise.all([0, 1, 2].map((n) => pod(n)))
    await agreed(pods)
    list()
    await until('the answer is known', () => pods.every((one) => one.diagnosis().seeds?.seeds.length === 0))
    await polls(20)
    dns.setFaults({ code: 'SERVFAIL' })
    await polls(10)
    await agreed(pods)
    expect(members.accused()).toEqual([])
    expect(pods[0]?.diagnosis().text).toContain('3 members are alive')
  })

  it('is not harmed by records of dead pods, and the diagnosis names them', async () => {
    list(0, 1, 7, 8)
    const pods = await Promise.all([0, 1].map((n) => pod(n)))
    await agreed(pods)
    const dead = [`127.0.0.17:${port}`, `127.0.0.18:${port}`]
    for (const one of pods) {
      const refused = () =>
        diagnoseSeeds(one.diagnosis()).findings.find(({ type }) => type === 'dials-refused')
      await until(
        'the dead are known',
        () => (refused() as { addresses?: string[] })?.addresses?.length === 2,
      )
      expect(refused()).toMatchObject({ addresses: dead })
      expect(one.diagnosis().text).toContain(`Nothing listens at: ${dead.join(', ')}`)
      expect(one.view.members.length).toBe(2)
      expect(one.diagnosis().isolated).toBe(false)
    }
    expect(members.accused()).toEqual([])
  })

  it('says that an own address is missing, and what to set', async () => {
    list(0)
    const pods = await Promise.all([0, 1].map((n) => pod(n)))
    await agreed(pods)
    const { findings, text } = diagnoseSeeds((pods[1] as Cluster).diagnosis())
    expect(findings).toMatchObject([{ type: 'own-address-missing', addresses: [`127.0.0.11:${port}`] }])
    expect(text).toContain('publishNotReadyAddresses')
    expect(diagnoseSeeds((pods[0] as Cluster).diagnosis()).findings).toMatchObject([{ type: 'only-self' }])
  })
})

describe.skipIf(!hasManyAddresses)('a name server that is down at the start', () => {
  it.each([
    ['is silent', { silent: true }, 'server-silent', 'does not answer'],
    [
      'answers SERVFAIL',
      { code: 'SERVFAIL' } as const,
      'server-failed',
      'answers with a failure (ESERVFAIL)',
    ],
    ['is not there', undefined, 'server-unreachable', 'cannot be reached (ECONNREFUSED)'],
  ])('and %s: each member says so, keeps trying and joins', async (_, faults, type, words) => {
    if (faults === undefined) await dns.close()
    else dns.setFaults(faults)
    const { lines, logger } = recorder()
    const pods = await Promise.all([0, 1].map((n) => pod(n, n === 0 ? { logger } : {})))
    for (const one of pods) {
      await until('the reason is known', () => one.diagnosis().seeds?.problem !== undefined)
      expect(diagnoseSeeds(one.diagnosis()).findings.map((finding) => finding.type)).toEqual([type])
      expect(one.diagnosis().text).toContain(`DNS server 127.0.0.1:${dnsPort} ${words}`)
    }
    if (faults === undefined) dns = await startDnsServer({ port: dnsPort })
    await polls(6)
    list(0, 1)
    dns.setFaults({})
    await agreed(pods)
    await until('nothing is wrong', () => pods.every((one) => diagnoseSeeds(one.diagnosis()).ok))
    expect(lines.filter((line) => line.includes(words))).toHaveLength(1)
  })
})

describe('a cluster on one address with a port for each member', () => {
  const families = [
    ['127.0.0.1', false],
    ['::1', !hasIpv6],
  ] as const
  for (const [address, skipped] of families) {
    it.skipIf(skipped)(`forms by SRV on ${address}`, async () => {
      const seeds = source({ portName: 'peer' })
      const start = (n: number) => members.join({ name: `cache-${n}`, host: address, port: 0, seeds })
      const pods = await Promise.all([0, 1, 2].map(start))
      dns.setService({ name: service, pods: pods.map(listedBySrv) })
      await agreed(pods)
      for (const one of pods) {
        await until('nothing is wrong', () => diagnoseSeeds(one.diagnosis()).ok, {
          state: () => diagnoseSeeds(one.diagnosis()),
        })
        expect(one.diagnosis().text).toBe('3 members are alive, this one included.')
      }
    })
  }

  it('says that only it is listed, or that it is not, by address and port', async () => {
    const seeds = source({ portName: 'peer' })
    const pods = await Promise.all(
      [0, 1].map((n) => members.join({ name: `cache-${n}`, host: '127.0.0.1', port: 0, seeds })),
    )
    dns.setService({ name: service, pods: pods.slice(0, 1).map(listedBySrv) })
    await agreed(pods)
    const types = (one?: Cluster) =>
      one ? diagnoseSeeds(one.diagnosis()).findings.map(({ type }) => type) : []
    await until('both have the list', () => pods.every((one) => one.diagnosis().seeds?.seeds.length === 1))
    expect(pods.map(types)).toEqual([['only-self'], ['own-address-missing']])
    expect(pods.map((one) => one.diagnosis().text.includes('only this member'))).toEqual([true, false])
  })

  it.skipIf(!hasIpv6)('forms by AAAA, when one of them is listed', async () => {
    const first = await members.join({ name: 'first', host: '::1', port: 0, seeds: source() })
    const listedPort = Number(first.view.self.addresses[0]?.split(']:')[1])
    dns.setService({ name: service, pods: [{ addresses: ['::1'] }] })
    const start = (name: string) =>
      members.join({ name, host: '::1', port: 0, seeds: source({ port: listedPort }) })
    await agreed([first, await start('second'), await start('third')])
  })
})

function listedBySrv(cluster: Cluster): DnsPod {
  const { name, addresses } = cluster.view.self
  const { hostname, port } = new URL(`http://${addresses[0]}`)
  return {
    hostname: name,
    addresses: [hostname.replace(/[[\]]/g, '')],
    ports: [{ name: 'peer', port: Number(port) }],
  }
}
