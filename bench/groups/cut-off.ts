// One member is cut off from all others for a minute and let back. In network namespaces where that is possible;
// else by the proxies, which is the same to the library.
import { setTimeout as pause } from 'node:timers/promises'
import type { BenchCluster } from '../harness/bench-cluster.ts'
import { nowMs } from '../harness/clock.ts'
import {
  aboutOthers,
  type Context,
  type Group,
  inWords,
  pick,
  randomWait,
  repeat,
  rest,
  sampleOf,
  withCluster,
} from '../harness/group.ts'
import { ProxiedSite } from '../harness/loopback-site.ts'
import { NamespaceSite, whyNoNamespaces } from '../harness/namespace-site.ts'
import type { Place, Site } from '../harness/site.ts'
import { type Sample, timed } from '../report/result.ts'

const TIMEOUT_MS = 60_000

/** A site where a member can be cut off. */
interface CuttingSite extends Site {
  cut(place: Place): void | Promise<void>
  heal(place: Place): void | Promise<void>
}

export const cutOff: Group = {
  rows: ['cut-off-healed', 'cut-off-isolated'],
  sizes: [5, 16],
  measure: (context, size) => {
    const obstacle = whyNoNamespaces()
    const open: () => Promise<CuttingSite> = obstacle === undefined ? NamespaceSite.open : ProxiedSite.open
    const how = obstacle === undefined ? 'cut on the bridge' : `cut by proxies (${obstacle})`
    return withCluster(open, size, async (cluster, site) => {
      const runs = context.runs(size > 5 ? 2 : 3)
      const samples = await repeat(context, `cut off, ${size} members`, runs, (run) =>
        cutOne(context, cluster, site, run),
      )
      const notes = [how, ...samples.flatMap((sample) => sample.notes)]
      return [
        timed(
          'cut-off-healed',
          size,
          samples.map(({ healed }) => healed),
          notes,
        ),
        timed(
          'cut-off-isolated',
          size,
          samples.map(({ isolated }) => isolated),
        ),
      ]
    })
  },
}

async function cutOne(
  context: Context,
  cluster: BenchCluster,
  site: CuttingSite,
  run: number,
): Promise<{ healed: Sample; isolated: Sample; notes: string[] }> {
  const victim = pick(context, cluster.members)
  await rest(cluster)
  const watch = await cluster.watch([victim], { type: 'event', event: 'isolated' })
  await randomWait(context)
  const cutMs = nowMs()
  await site.cut(victim.place)
  const isolated = watch.wait(TIMEOUT_MS)
  await pause(context.span(60))
  const healMs = nowMs()
  await site.heal(victim.place)
  const healed = await cluster.agreement(TIMEOUT_MS)
  const failed = aboutOthers(await cluster.takeEvents(), 'member-failed', victim.name)
  // What the others say of each other is a mistake; that the cut-off one takes them for dead is not.
  const wrong = failed.filter(({ toldTo }) => toldTo !== victim.name)
  return {
    healed: sampleOf(healed, healMs),
    isolated: sampleOf(await isolated, cutMs),
    notes: wrong.map((event) => `run ${run}: ${inWords(event)}`),
  }
}
