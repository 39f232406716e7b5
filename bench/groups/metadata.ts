// One member publishes new metadata: how long until the last other has it.
import { type Group, pick, randomWait, repeat, rest, sampleOf, withCluster } from '../harness/group.ts'
import { LoopbackSite } from '../harness/loopback-site.ts'
import { timed } from '../report/result.ts'

const TIMEOUT_MS = 20_000

export const metadata: Group = {
  rows: ['metadata'],
  sizes: [5, 16],
  measure: (context, size) =>
    withCluster(LoopbackSite.open, size, async (cluster) => {
      const samples = await repeat(context, `metadata, ${size} members`, context.runs(20), async (run) => {
        const author = pick(context, cluster.members)
        const { name } = author
        await rest(cluster)
        const watch = await cluster.watch(cluster.others(author), { type: 'metadata', name, value: run })
        await randomWait(context)
        const { atMs } = await author.process.request<{ atMs: number }>('set-metadata', { value: run })
        return sampleOf(await watch.wait(TIMEOUT_MS), atMs)
      })
      return [timed('metadata', size, samples)]
    }),
}
