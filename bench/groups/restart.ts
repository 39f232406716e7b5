// Killed, and back under the same name at another address, as a StatefulSet does it.
import type { BenchCluster } from '../harness/bench-cluster.ts'
import {
  type Context,
  type Group,
  pick,
  randomWait,
  repeat,
  rest,
  sampleOf,
  withCluster,
} from '../harness/group.ts'
import { LoopbackSite } from '../harness/loopback-site.ts'
import { type Sample, timed } from '../report/result.ts'

const TIMEOUT_MS = 60_000

export const restart: Group = {
  rows: ['restart'],
  sizes: [5, 16],
  measure: (context, size) =>
    withCluster(LoopbackSite.open, size, async (cluster) => {
      const samples = await repeat(context, `restart, ${size} members`, context.runs(20), () =>
        restartOne(context, cluster),
      )
      return [timed('restart', size, samples)]
    }),
}

async function restartOne(context: Context, cluster: BenchCluster): Promise<Sample> {
  const victim = pick(context, cluster.members)
  const successor = await cluster.spawn(victim.name, await cluster.site.place())
  await rest(cluster)
  await randomWait(context)
  await victim.process.kill()
  cluster.admit(successor)
  await cluster.publish()
  await randomWait(context)
  const joinMs = await cluster.join(successor)
  return sampleOf(await cluster.agreement(TIMEOUT_MS), joinMs)
}
