// Whether pods here meet what they would meet in Kubernetes.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type KubeLike, startKubeLike } from './support/kube-like.ts'
import type { Pod } from './support/pod/pod.ts'
import { whyNoKubeLike } from './support/requirements.ts'
import type { StatefulSetSpec } from './support/spec.ts'
import type { StatefulSet } from './support/stateful-set/stateful-set.ts'

const obstacle = whyNoKubeLike()
if (obstacle !== undefined) console.warn(`skipped: tests in a cluster of namespaces: ${obstacle}`)

const path = (name: string) => fileURLToPath(new URL(`support/${name}`, import.meta.url))
const plain: StatefulSetSpec = {
  name: 'plain',
  namespace: 'prod',
  replicas: 2,
  podManagementPolicy: 'Parallel',
  publishNotReadyAddresses: true,
  terminationGracePeriodSeconds: 1,
  command: [process.execPath, path('plain-pod.mjs')],
  ports: { http: 8080 },
  readinessProbe: { path: '/ready', port: 'http', periodSeconds: 0.1, failureThreshold: 2 },
}
const patience = { timeout: 10_000 }
const service = 'plain.prod.svc.cluster.local'

describe.skipIf(obstacle !== undefined)('a cluster of namespaces', () => {
  let kube: KubeLike
  beforeAll(async () => {
    kube = await startKubeLike({ timings: { proxy: [0, 20] } })
  })
  afterAll(() => kube?.close())

  /** Has a pod do what it offers. */
  function tell(pod: Pod, request: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const options = {
        agent: kube.client.agent({ keepAlive: false }),
        host: pod.address,
        port: 8080,
        path: request,
      }
      get(options, async (response) => {
        let text = ''
        for await (const chunk of response) text += chunk
        resolve(JSON.parse(text))
      }).once('error', reject)
    })
  }

  /** Addresses, or the code of an error. */
  async function lookUp(pod: Pod, name: string): Promise<string[]> {
    return (await tell(pod, `/lookup?type=A&name=${name}`)) as string[]
  }

  it('gives a pod what the kubelet gives it, and the records of its Service', async () => {
    const env = { POD_IP: { fieldPath: 'status.podIP' }, MORE: 'more' } as const
    const set = kube.apply({ ...plain, env })
    await set.ready()
    const [first, second] = [set.pod(0), set.pod(1)]
    expect(await tell(second, '/who')).toMatchObject({
      pid: 1,
      hostname: 'plain-1',
      resolvConf:
        'search prod.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.244.0.1\noptions ndots:5\n',
      hosts: `127.0.0.1\tlocalhost\n::1\tlocalhost\n${second.address}\tplain-1.${service}\tplain-1\n`,
      namespace: 'prod',
      env: {
        POD_IP: second.address,
        MORE: 'more',
        HOSTNAME: 'plain-1',
        KUBERNETES_SERVICE_HOST: '10.96.0.1',
      },
    })
    const both = [first.address, second.address].sort()
    await expect.poll(async () => (await lookUp(first, service)).toSorted?.(), patience).toEqual(both)
    expect(await lookUp(first, `plain-1.${service}`)).toEqual([second.address])
    const srv = { port: 8080, priority: 0, weight: 50 }
    const ports = (await tell(first, `/lookup?type=SRV&name=_http._tcp.${service}`)) as { name: string }[]
    expect(ports.sort((a, b) => a.name.localeCompare(b.name))).toEqual([
      { ...srv, name: `plain-0.${service}` },
      { ...srv, name: `plain-1.${service}` },
    ])
    expect(await lookUp(first, `other.${service}`)).toBe('ENOTFOUND')
    await set.delete(0)
  })

  it('lists ready pods, and takes them out when their deletion starts', async () => {
    const env = { STARTS_READY: 'no', DRAIN_MS: '1500' }
    const set = kube.apply({
      ...plain,
      terminationGracePeriodSeconds: 30,
      replicas: 1,
      publishNotReadyAddresses: false,
      env,
    })
    const pod = await running(set)
    expect(await lookUp(pod, service)).toBe('ENOTFOUND')
    await tell(pod, '/get-ready')
    await expect.poll(() => lookUp(pod, service), patience).toEqual([pod.address])
    const deleted = set.deletePod(0)
    await expect.poll(() => lookUp(pod, service), patience).toBe('ENOTFOUND')
    await deleted
    expect(pod.exitCodes).toEqual([0])
    await set.delete(0)
  })

  it('lists all pods until they are gone, if the Service says so', async () => {
    const env = { STARTS_READY: 'no', DRAIN_MS: '1500' }
    const set = kube.apply({ ...plain, terminationGracePeriodSeconds: 30, replicas: 1, env })
    const pod = await running(set)
    await expect.poll(() => lookUp(pod, service), patience).toEqual([pod.address])
    const deleted = set.deletePod(0)
    await expect.poll(() => pod.lines, patience).toContain('SIGTERM')
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await lookUp(pod, service)).toEqual([pod.address])
    await deleted
    const next = await running(set)
    await expect.poll(() => lookUp(next, service), patience).toEqual([next.address])
    expect(next.address).not.toBe(pod.address)
    await set.delete(0)
  })

  it('starts a killed container again where it was', async () => {
    const set = kube.apply({ ...plain, replicas: 1 })
    await set.ready()
    const { address, uid } = set.pod(0)
    await set.killPod(0)
    await set.ready()
    expect(set.pod(0)).toMatchObject({ address, uid, exitCodes: [137], lines: ['listens', 'listens'] })
    await set.delete(0)
  })

  it('kills a pod that does not end within its grace period', async () => {
    const set = kube.apply({ ...plain, replicas: 1, env: { IGNORES_SIGTERM: 'yes' } })
    await set.ready()
    const pod = set.pod(0)
    await set.deletePod(0)
    expect(pod).toMatchObject({ exitCodes: [137], lines: ['listens', 'SIGTERM'] })
    await set.ready()
    expect(set.pod(0).address).not.toBe(pod.address)
    await set.delete(0)
  })

  it('sends clients to pods that answer', async () => {
    const readinessProbe = { path: '/ready', port: 'http', periodSeconds: 0.1, timeoutSeconds: 0.2 }
    const set = kube.apply({ ...plain, readinessProbe })
    const names = () => set.clientEndpoints.map(({ name }) => name)
    await expect.poll(names, patience).toEqual(['plain-0', 'plain-1'])
    await set.freezePod(0)
    await expect.poll(names, patience).toEqual(['plain-1'])
    await set.thawPod(0)
    await expect.poll(names, patience).toEqual(['plain-0', 'plain-1'])
    await set.delete(0)
  })

  it('drops packets between pods that are cut from each other, one way or both, also of later lives', async () => {
    const set = kube.apply(plain)
    await set.ready()
    /** Whether a datagram of one pod arrives at another, sent until it ought to have. */
    const reaches = async (from: number, to: number): Promise<boolean> => {
      const [sender, receiver] = [set.pod(from), set.pod(to)]
      for (let i = 0; i < 10; i++) {
        await tell(sender, `/send?to=${receiver.address}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
        if (((await tell(receiver, '/heard')) as string[]).includes(sender.address as string)) return true
      }
      return false
    }
    await kube.cut(['plain-0'], ['plain-1'], { oneWay: true })
    expect([await reaches(0, 1), await reaches(1, 0)]).toEqual([false, true])
    await set.deletePod(0)
    await set.ready()
    expect(await reaches(0, 1)).toBe(false)
    await kube.heal()
    expect(await reaches(0, 1)).toBe(true)
    await kube.cut(['plain-0'], ['client'])
    await expect(kube.client.connect(set.pod(0).address ?? '', 8080, 100)).rejects.toThrow('no connection')
    await kube.heal()
    await set.delete(0)
  })

  it('replaces pods whose manifest has changed, and not those of which there are only to be more', async () => {
    const set = kube.apply({ ...plain, replicas: 1, env: { MORE: 'more' } })
    await set.ready()
    await set.apply({ replicas: 2 })
    expect(set.history.map(({ name }) => name)).toEqual(['plain-0', 'plain-1'])
    await set.apply({ env: { MORE: 'much more' } })
    expect(set.history.map(({ name }) => name)).toEqual(['plain-0', 'plain-1', 'plain-1', 'plain-0'])
    expect(await tell(set.pod(0), '/who')).toMatchObject({ env: { MORE: 'much more' } })
    await set.delete(0)
  })

  it('starts pods in order unless they may start at the same time', async () => {
    const set = kube.apply({ ...plain, podManagementPolicy: 'OrderedReady', env: { STARTS_READY: 'no' } })
    const pod = await running(set)
    expect(set.pods).toEqual([pod])
    await tell(pod, '/get-ready')
    await expect.poll(() => set.pods.length, patience).toBe(2)
    await set.delete(0)
  })

  it('removes what a killed run has left behind', async () => {
    const run = spawn(process.execPath, [...process.execArgv, '--import', 'tsx', path('abandoned-run.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '--conditions=@rollcall/source' },
    })
    await once(run.stdout, 'data')
    const left = () => namespacesOf(run)
    expect(left().length).toBeGreaterThanOrEqual(3)
    run.kill('SIGKILL')
    await once(run, 'exit')
    await expect.poll(() => left().flatMap(processesIn), patience).toEqual([])
    expect(left().length).toBeGreaterThanOrEqual(3)
    await using _ = await startKubeLike()
    expect(left()).toEqual([])
  })
})

/** The only pod of a set, once its program runs. */
async function running(set: StatefulSet): Promise<Pod> {
  await expect.poll(() => set.pods.length === 1 && set.pod(0).lines, patience).toContain('listens')
  return set.pod(0)
}

function namespacesOf({ pid }: ChildProcess): string[] {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' })
  return stdout.split(/\s+/).filter((name) => name.startsWith(`rollcall-kube-${pid}-`))
}

function processesIn(namespace: string): string[] {
  return spawnSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter(Boolean)
}
