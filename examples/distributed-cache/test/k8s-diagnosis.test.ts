// What docs/kubernetes.md says that Rollcall says of each common mistake is what it says.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cluster, Member } from '@rollcall/membership'
import { spawnChild } from '@rollcall/testkit'
import { afterAll, describe, it } from 'vitest'
import { createCache } from '../src/index.ts'
import { Place } from './k8s-mistakes.ts'

const guide = readFileSync(join(import.meta.dirname, '../../../docs/kubernetes.md'), 'utf8')
const DEADLINE_MS = 30_000

/** Heading in the guide, and how to make the mistake: gives the member that is asked for its diagnosis. */
type Mistake = [heading: string, make: (place: Place) => Promise<Cluster>]

const mistakes: Mistake[] = [
  ['A wrong name', (place) => place.start(0, { service: 'cashe' })],
  ['Another namespace', (place) => place.start(0, { service: 'cache.staging' })],
  [
    '`hostNetwork` without its `dnsPolicy`',
    (place) => {
      place.dns.setFaults({ code: 'NXDOMAIN' })
      return place.start(0, { search: false })
    },
  ],
  [
    'The Service is not headless',
    (place) => {
      place.listVirtual()
      return place.start(0)
    },
  ],
  [
    '`publishNotReadyAddresses` is missing',
    (place) => {
      // No pod is Ready at a cold start.
      place.list(0)
      return place.start(0)
    },
  ],
  [
    '`OrderedReady`',
    (place) => {
      place.list(1)
      return place.start(0, { expectedSize: 3 })
    },
  ],
  [
    '`EXPECTED_SIZE` is not the size',
    async (place) => {
      place.list(3)
      const [first] = await Promise.all([0, 1, 2].map((pod) => place.start(pod, { expectedSize: 6 })))
      return first as Cluster
    },
  ],
  [
    'A policy keeps members apart',
    async (place) => {
      place.list(3)
      await Promise.all([place.drop(1), place.drop(2)])
      return place.start(0, { expectedSize: 3 })
    },
  ],
  [
    'Nothing listens at the port',
    (place) => {
      place.list(3)
      return place.start(0, { expectedSize: 3 })
    },
  ],
  [
    'A policy blocks DNS',
    (place) => {
      place.dns.setFaults({ silent: true })
      return place.start(0)
    },
  ],
  [
    'A policy blocks TCP port 53',
    (place) => {
      place.list(40)
      place.dns.setFaults({ silentTcp: true })
      return place.start(0)
    },
  ],
  [
    'CoreDNS is not ready',
    (place) => {
      place.dns.setFaults({ code: 'SERVFAIL' })
      return place.start(0)
    },
  ],
  [
    'Two clusters behind one Service',
    async (place) => {
      place.list(3)
      await Promise.all([1, 2].map((pod) => place.start(pod, { clusterId: 'cache-canary' })))
      return place.start(0)
    },
  ],
  [
    'A key that the others do not have',
    async (place) => {
      place.list(3)
      const keys = (id: string) => ({ security: { keys: [{ id, secret: id.repeat(32) }] } })
      await Promise.all([1, 2].map((pod) => place.start(pod, keys('a'))))
      return place.start(0, keys('b'))
    },
  ],
  [
    'Members with and without keys',
    async (place) => {
      place.list(3)
      await Promise.all([1, 2].map((pod) => place.start(pod)))
      return place.start(0, { security: { keys: [{ id: 'a', secret: 'a'.repeat(32) }] } })
    },
  ],
  [
    'Two pods of one name',
    async (place) => {
      place.list(2)
      const older = await place.start(0, { name: 'cache' })
      await place.start(1, { name: 'cache' })
      return older
    },
  ],
  [
    'A sidecar that is not ready',
    (place) => {
      place.list(3)
      place.reset(1)
      place.reset(2)
      return place.start(0)
    },
  ],
]

// Only Linux has all of 127.0.0.0/8.
describe
  .skipIf(process.platform !== 'linux')
  .concurrent('the guide to Kubernetes tells what is said of', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-mistakes-'))
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    it.for(mistakes.map((mistake, index) => [...mistake, index] as const))(
      '%s',
      async ([heading, make, index], { expect }) => {
        const place = await Place.create(index, folder)
        try {
          const cluster = await make(place)
          await expect
            .poll(() => place.inCluster(cluster.diagnosis().text), { timeout: DEADLINE_MS })
            .toBe(toldOf(heading))
        } finally {
          await place.close()
        }
      },
    )

    it('A wrong name, in the log of the cache, if it is not ready soon', async ({ expect }) => {
      const place = await Place.create(mistakes.length + 1, folder)
      const child = await spawnChild({
        args: ['--import=tsx', '--conditions=@rollcall/source', join(import.meta.dirname, '../src/main.ts')],
        env: {
          HOST: place.address(0),
          POD_NAME: 'cache-0',
          SERVICE: 'cashe.prod.svc.cluster.local',
          DNS_SERVERS: place.dns.server,
        },
        readyLine: 'listens',
        readyTimeoutMs: DEADLINE_MS,
      })
      try {
        const told = `is not ready: The source of seeds lists no other member yet. ${toldOf('A wrong name')}`
        await expect.poll(() => child.lines.join('\n'), { timeout: DEADLINE_MS }).toContain(told)
      } finally {
        await child.kill()
        await place.close()
      }
    })

    it('`REPLICAS` is not the same in all pods, at the pod that has another', async ({ expect }) => {
      const place = await Place.create(mistakes.length + 2, folder)
      try {
        place.list(3)
        const start = async (pod: number, replicas: number) =>
          createCache({
            cluster: await place.start(pod, { expectedSize: 3 }),
            maxBytes: 10_000_000,
            replicas,
          })
        const [first] = await Promise.all([start(0, 2), start(1, 2)])
        await expect.poll(() => first?.readiness.isReady, { timeout: DEADLINE_MS }).toBe(true)
        const odd = await start(2, 3)
        const told = toldOf('`REPLICAS` is not the same in all pods')
        await expect.poll(() => odd.readiness.text, { timeout: DEADLINE_MS }).toBe(told)
      } finally {
        await place.close()
      }
    })

    it('A grace period that is too short', async ({ expect }) => {
      const place = await Place.create(mistakes.length, folder)
      try {
        const cluster = await place.start(0)
        const told: string[] = []
        for (const type of ['member-leaving', 'member-left', 'member-failed'] as const)
          cluster.on(type, ({ member }: { member: Member }) => told.push(`${type} ${member.name}`))
        const child = await spawnChild({
          args: ['--import=tsx', '--conditions=@rollcall/source', '--input-type=module', '-e', slowToLeave],
          cwd: import.meta.dirname,
          env: { SEED: `${place.address(0)}:7946`, HOST: place.address(1), POD_NAME: 'cache-1' },
          readyLine: 'joined',
          readyTimeoutMs: DEADLINE_MS,
        })
        child.signal('SIGTERM')
        await expect.poll(() => told, { timeout: DEADLINE_MS }).toHaveLength(1)
        // The grace period is over.
        await child.kill()
        await expect
          .poll(() => told.join('\n'), { timeout: DEADLINE_MS })
          .toBe(toldOf('A grace period that is too short'))
      } finally {
        await place.close()
      }
    })
  })

/** A member that has more to hand over than it is given time for. */
const slowToLeave = `
  import { join } from '@rollcall/membership'
  const { SEED, HOST } = process.env
  const seeds = async () => [SEED]
  const cluster = await join({ seeds, clusterId: 'cache.prod', host: HOST, security: 'none', signals: true })
  cluster.beforeGoodbye(() => new Promise(() => {}))
  await cluster.settled({ minMembers: 2 })
  console.log('joined')
`

/** The first block of text below a heading, on one line where it is wrapped. */
function toldOf(heading: string): string {
  const section = guide.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`))
  const block = section?.match(/```text\n(.*?)\n```/s)?.[1]
  if (block === undefined) throw new Error(`the guide has no text below "${heading}"`)
  return block.startsWith('member-') ? block : block.replaceAll('\n', ' ')
}
