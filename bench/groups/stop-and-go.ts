// One member that is stopped for 3 s and runs for 0.5 s, again and again: slow, and not dead.
import { setTimeout as pause } from 'node:timers/promises'
import { nowMs } from '../harness/clock.ts'
import { type Group, inWords, pick, rest, withCluster } from '../harness/group.ts'
import { LoopbackSite } from '../harness/loopback-site.ts'
import { counted } from '../report/result.ts'

const STOPPED_MS = 3000
const RUNNING_MS = 500

export const stopAndGo: Group = {
  rows: ['stop-and-go'],
  sizes: [5, 16],
  measure: (context, size) =>
    withCluster(LoopbackSite.open, size, async (cluster) => {
      const { name, process } = pick(context, cluster.members)
      context.progress(`stop and go, ${size} members`)
      await rest(cluster)
      const startMs = nowMs()
      const endMs = startMs + context.span(60)
      while (nowMs() < endMs) {
        process.signal('SIGSTOP')
        await pause(STOPPED_MS)
        process.signal('SIGCONT')
        await pause(RUNNING_MS)
      }
      await cluster.whole()
      const events = await cluster.takeEvents()
      const count = (type: string) => events.filter((event) => event.type === type)
      const failed = count('member-failed')
      const suspected = count('member-suspected')
      const words = failed.map((event) => `after ${Math.round(event.atMs - startMs)} ms: ${inWords(event)}`)
      const others = suspected.filter((event) => event.name !== name).length
      const notes = [`${suspected.length} suspected events, ${others} of them not about the stopped ${name}`]
      return [counted('stop-and-go', size, 1, [failed.length], [...notes, ...words])]
    }),
}
