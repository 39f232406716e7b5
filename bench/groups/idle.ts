// What a cluster costs in which nothing happens.
import { setTimeout as pause } from 'node:timers/promises'
import { type Group, inWords, rest, withCluster } from '../harness/group.ts'
import { LoopbackSite } from '../harness/loopback-site.ts'
import type { Usage } from '../harness/messages.ts'
import { counted } from '../report/result.ts'

/** After forming, the traffic of that dies down. */
const SETTLE_SECONDS = 10

export const idle: Group = {
  rows: ['idle-cpu', 'idle-sent', 'idle-wire', 'idle-rss'],
  sizes: [16],
  measure: (context, size) =>
    withCluster(LoopbackSite.open, size, async (cluster) => {
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
      const wire = rates(({ wireBytes = Number.NaN }) => wireBytes / size)
      const rss = after.map(({ rssBytes }) => rssBytes / 2 ** 20)
      return [
        counted('idle-cpu', size, 1, cpuPercent, events.map(inWords)),
        counted(
          'idle-sent',
          size,
          1,
          rates(({ bytesWritten }) => bytesWritten),
        ),
        counted('idle-wire', size, 1, wire.slice(0, 1), [
          'all of the loopback interface, divided by the members',
        ]),
        counted('idle-rss', size, 1, rss),
      ]
    }),
}
