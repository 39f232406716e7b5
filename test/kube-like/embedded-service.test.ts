// The embedded service in pods of a cluster on this machine: network namespaces, BIND, and a StatefulSet controller.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../sockets/support/until.ts'
import { embeddedService, HTTP_PORT } from './support/embedded-service.ts'
import { type KubeLike, startKubeLike } from './support/kube-like.ts'
import { httpStore } from './support/load/http-store.ts'
import { Load } from './support/load/load.ts'
import { aliveIn, events, present } from './support/pod/events.ts'
import { whyNoKubeLike } from './support/requirements.ts'
import type { StatefulSet } from './support/stateful-set/stateful-set.ts'

const obstacle = whyNoKubeLike()
if (obstacle !== undefined) console.warn(`skipped: tests in a cluster of namespaces: ${obstacle}`)

/** Everybody sees those that are there, where they are now, and nobody else. */
async function agreed(set: StatefulSet): Promise<void> {
  await until(
    'all see all',
    () => set.pods.every((pod) => JSON.stringify(aliveIn(pod)) === JSON.stringify(present(set))),
    { state: () => set.pods.map((pod) => [pod.name, aliveIn(pod)]) },
  )
}

describe.skipIf(obstacle !== undefined)('the embedded service in a StatefulSet', () => {
  let kube: KubeLike
  let set: StatefulSet
  let load: Load
  /** Where no client comes to for now. */
  let avoided: string | undefined

  beforeAll(async () => {
    kube = await startKubeLike({ ipFamilies: ['IPv4', 'IPv6'] })
    set = kube.apply(embeddedService)
    load = new Load({
      store: httpStore(kube.client, { port: HTTP_PORT, path: '/keys/', timeoutMs: 6000 }),
      addresses: () =>
        set.clientEndpoints.map(({ address }) => address).filter((address) => address !== avoided),
      keys: 300,
      clients: 4,
      pauseMs: 5,
    })
  })
  afterAll(() => kube?.close())

  it('forms from pods that start at the same time and know the name of their Service', async () => {
    await set.ready()
    await agreed(set)
    expect(events(set.history).filter(({ type }) => type === 'member-failed')).toEqual([])
  })

  it('is restarted pod by pod, each with a new address, without anybody being taken for dead', async () => {
    await until('the client Service lists all', () => set.clientEndpoints.length === 3)
    await load.fill()
    load.start()
    const before = set.pods.map(({ address }) => address)
    await set.rollingRestart()
    await load.progress(50)
    await load.readAll()
    await agreed(set)
    expect(set.pods.filter(({ address }) => before.includes(address))).toEqual([])
    expect(set.history.map(({ name }) => name).slice(3)).toEqual(['store-2', 'store-1', 'store-0'])
    expect(set.history.slice(0, 3).map(({ exitCodes }) => exitCodes)).toEqual([[143], [143], [143]])
    const goodbyes = events(set.history).flatMap(({ type, member }) => (type === 'member-left' ? member : []))
    expect(new Set(goodbyes)).toEqual(new Set(['store-0', 'store-1', 'store-2']))
    expect(events(set.history).filter(({ type }) => type === 'member-failed')).toEqual([])
    expect(load.takeExperience().problems).toEqual([])
  })

  it('grows to five and shrinks to three', async () => {
    await set.scale(5)
    await agreed(set)
    await load.progress(50)
    await set.scale(3)
    await agreed(set)
    await load.readAll()
    expect(events(set.history).filter(({ type }) => type === 'member-failed')).toEqual([])
    expect(load.takeExperience().problems).toEqual([])
  })

  it('is not ready on the smaller side of a partition, and is whole when it ends', async () => {
    // What is read there may be old, as the README says: until it is not ready, and for a moment after it is again.
    avoided = set.pod(0).address
    await load.progress(20)
    await kube.cut(['store-0'], ['store-1', 'store-2'])
    await until('the smaller side is not ready', () => !set.pod(0).isReady, { deadlineMs: 20_000 })
    expect([set.pod(1).isReady, set.pod(2).isReady]).toEqual([true, true])
    await kube.heal()
    await set.ready()
    await agreed(set)
    avoided = undefined
    await load.progress(50)
    await load.readAll()
    expect(set.pods.flatMap(({ exitCodes }) => exitCodes)).toEqual([])
    expect(load.takeExperience().problems).toEqual([])
  })

  it('loses nothing when a pod is killed, and takes in the one that replaces it', async () => {
    const killed = set.pod(1)
    await set.deletePod(1, 0)
    await set.ready()
    await agreed(set)
    await load.stop()
    await load.readAll()
    await set.delete(0)
    expect(killed.exitCodes).toEqual([137])
    expect(set.history.findLast(({ ordinal }) => ordinal === 1)?.address).not.toBe(killed.address)
    expect(load.takeExperience().problems).toEqual([])
  })

  it('forms in a cluster that has IPv6 alone', async () => {
    await using ipv6 = await startKubeLike({ ipFamilies: ['IPv6'] })
    const alone = ipv6.apply(embeddedService)
    await alone.ready()
    await agreed(alone)
  })
})
