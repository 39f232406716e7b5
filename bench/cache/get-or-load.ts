// One key, many callers on many pods: how often is it loaded? The pods share this process.
import { setTimeout as pause } from 'node:timers/promises'
import { type Cache, createCache } from '@rollcall/example-distributed-cache'
import { type Cluster, join } from '@rollcall/membership'
import { staticSeeds } from '@rollcall/seed'

const MAX_BYTES = 8 * 1024 * 1024
const LOAD_MS = 50

export async function callMany({ callers, pods }: { readonly callers: number; readonly pods: number }) {
  const seeds: string[] = []
  const all: { cluster: Cluster; cache: Cache }[] = []
  for (let index = 0; index < pods; index++) {
    const cluster = await join({
      seeds: staticSeeds(seeds),
      name: `cache-${index}`,
      host: '127.0.0.1',
      port: 0,
    })
    all.push({ cluster, cache: createCache({ cluster, maxBytes: MAX_BYTES }) })
    seeds.push(...cluster.view.self.addresses.slice(0, 1))
  }
  while (!all.every(({ cache }) => cache.readiness.isReady)) await pause(20)
  while (!all.every(({ cluster }) => cluster.view.members.length === pods)) await pause(20)
  let loads = 0
  const loader = async () => {
    loads++
    await pause(LOAD_MS)
    return Buffer.from('value')
  }
  const startMs = performance.now()
  await Promise.all(
    Array.from({ length: callers }, (_, index) => all[index % pods]?.cache.getOrLoad('key', loader)),
  )
  const ms = performance.now() - startMs
  await Promise.all(all.map(({ cluster }) => cluster.leave()))
  return { callers, pods, loads, ms }
}
