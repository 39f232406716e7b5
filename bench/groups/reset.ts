// Every link of one live member is reset at once: nobody may be taken for dead.
import { setTimeout as pause } from 'node:timers/promises'
import type { BenchMember } from '../harness/bench-cluster.ts'
import { nowMs } from '../harness/clock.ts'
import { type Group, inWords, pick, randomWait, repeat, rest, withCluster } from '../harness/group.ts'
import { ProxiedSite } from '../harness/loopback-site.ts'
import type { Standing } from '../harness/messages.ts'
import { counted } from '../report/result.ts'

/** Long enough for any verdict that a broken link could lead to. */
const WATCH_MS = 5000

export const reset: Group = {
  rows: ['reset-all-links'],
  sizes: [5, 16],
  measure: (context, size) =>
    withCluster(ProxiedSite.open, size, async (cluster, site) => {
      const notes: string[] = []
      let suspected = 0
      const runs = context.runs(10)
      const failures = await repeat(context, `reset-all-links, ${size} members`, runs, async (run) => {
        const victim = pick(context, cluster.members)
        await rest(cluster)
        await randomWait(context)
        const startMs = nowMs()
        site.resetLinks(victim.place)
        await pause(WATCH_MS)
        await cluster.whole()
        await requireNewLinks(victim, size, nowMs() - startMs)
        const events = await cluster.takeEvents()
        suspected += events.filter(({ type }) => type === 'member-suspected').length
        const failed = events.filter(({ type }) => type === 'member-failed')
        notes.push(...failed.map((event) => `run ${run}, links of ${victim.name}: ${inWords(event)}`))
        return failed.length
      })
      const total = failures.reduce((sum, one) => sum + one, 0)
      return [counted('reset-all-links', size, runs, [total], [`${suspected} suspected events`, ...notes])]
    }),
}

/** Makes sure that every link was broken and is there again: else nothing was measured. */
async function requireNewLinks({ name, process }: BenchMember, size: number, sinceMs: number): Promise<void> {
  const { links, text } = await process.request<Standing>('standing')
  const old = links.filter(({ ageMs }) => ageMs > sinceMs)
  if (links.length === size - 1 && old.length === 0) return
  throw new Error(`${name} has ${links.length} links after the reset, ${old.length} of them older. ${text}`)
}
