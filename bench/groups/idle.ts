// What a cluster costs in which nothing happens.
import { setTimeout as pause } from 'node:timers/promises'
import { type Group, inWords, rest, withCluster } from '../harness/group.ts'
import { LoopbackSite } from '../harness/loopback-site.ts'
import type { Usage } from '../harness/messages.ts'
import { NamespaceSite, whyNoNamespaces } from '../harness/namespace-site.ts'
import type { Site } from '../harness/site.ts'
import { counted } from '../report/result.ts'

/** After forming, the traffic of that dies down. */
const SETTLE_SECONDS = 10

export const idle: Group = {
  rows: ['idle-cpu', 'idle-sent', 'idle-wire', 'idle-rss'],
  sizes: [16],
  measure: (context, size) => {
    // In a namespace a member has an interface of its own, and its traffic is counted apart from all other.
    const apart = whyNoNamespaces() === undefined
    const open: () => Promise<Site> = apart ? NamespaceSite.open : LoopbackSite.open
    return withCluster(open, size, async (cluster) => {
      context.progress(`idle, ${size} members`)
      const usage = () => Promise.all(cluster.members.map(({ process }) => process.request<Usage>('usage')))
      await rest(cluster)
      await pause(context.span(SETTLE_SECONDS))
      const before = await usage()
      await pause(context.span(60))
      const after = await usage()
      const rates = (of: (usage: Usage) => number) =>
        after.map((last, index) => {
          const first = before[index] as Usage
          return ((of(last) - of(first)) / (last.atMs - first.atMs)) * 1000
        })
      const events = await cluster.takeEvents()
      const cpuPercent = rates(({ cpuMs }) => cpuMs / 10)
      const wire = rates(({ wireBytes = Number.NaN }) => wireBytes)
      const rss = after.map(({ rssBytes }) => rssBytes / 2 ** 20)
      return [
        counted('idle-cpu', size, 1, cpuPercent, events.map(inWords)),
        counted(
          'idle-sent',
          size,
          1,
          rates(({ bytesWritten }) => bytesWritten),
        ),
        apart
          ? counted('idle-wire', size, 1, wire, ['own interfaces in namespaces'])
          : counted(
              'idle-wire',
              size,
              1,
              [(wire[0] as number) / size],
              ['share of what the whole machine sent'],
            ),
        counted('idle-rss', size, 1, rss),
      ]
    })
  },
}
