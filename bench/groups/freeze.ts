// SIGSTOP: a process that is there and does nothing. When is it suspected, when failed, and is all well once it goes
// on?
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
  usualRuns,
  withCluster,
} from '../harness/group.ts'
import { LoopbackSite } from '../harness/loopback-site.ts'
import { counted, type Sample, timed } from '../report/result.ts'

const TIMEOUT_MS = 20_000
/** After a thaw, as long again as a wrong verdict about somebody else would need. */
const AFTERMATH_MS = 4500

export const freeze: Group = {
  rows: ['freeze-suspect', 'freeze-failed', 'thaw', 'freeze-others-failed'],
  sizes: [5, 16, 64],
  measure: (context, size) =>
    withCluster(LoopbackSite.open, size, async (cluster) => {
      const runs = context.runs(usualRuns(size))
      const samples = await repeat(context, `freeze and thaw, ${size} members`, runs, (run) =>
        freezeOne(context, cluster, run),
      )
      const wrong = samples.flatMap((sample) => sample.wrong)
      const relapses = samples.flatMap((sample) => sample.relapses)
      return [
        timed(
          'freeze-suspect',
          size,
          samples.map(({ suspect }) => suspect),
        ),
        timed(
          'freeze-failed',
          size,
          samples.map(({ failed }) => failed),
        ),
        timed(
          'thaw',
          size,
          samples.map(({ thaw }) => thaw),
          relapses,
        ),
        counted('freeze-others-failed', size, runs, [wrong.length], wrong),
      ]
    }),
}

interface Freeze {
  readonly suspect: Sample
  readonly failed: Sample
  readonly thaw: Sample
  /** Others that were failed, in words. */
  readonly wrong: readonly string[]
  /** The thawed one taken for dead once more, in words. */
  readonly relapses: readonly string[]
}

async function freezeOne(context: Context, cluster: BenchCluster, run: number): Promise<Freeze> {
  const victim = pick(context, cluster.members)
  const { name, process } = victim
  const others = cluster.others(victim)
  await rest(cluster)
  const suspecting = await cluster.watch(others, { type: 'member', name, states: ['suspect', 'failed'] })
  const failing = await cluster.watch(others, { type: 'member', name, states: ['failed'] })
  await randomWait(context)
  const frozenMs = nowMs()
  process.signal('SIGSTOP')
  const [suspect, failed] = await Promise.all([suspecting.wait(TIMEOUT_MS), failing.wait(TIMEOUT_MS)])
  await randomWait(context)
  const thawedMs = nowMs()
  process.signal('SIGCONT')
  const thaw = await cluster.agreement(TIMEOUT_MS)
  await pause(AFTERMATH_MS)
  const events = await cluster.takeEvents()
  const say = (event: (typeof events)[number]) =>
    `run ${run}, ${Math.round(event.atMs - thawedMs)} ms after the thaw of ${name}: ${inWords(event)}`
  const relapses = events.filter(
    (event) => event.type === 'member-failed' && event.name === name && event.atMs > thawedMs,
  )
  return {
    suspect: sampleOf(suspect, frozenMs),
    failed: sampleOf(failed, frozenMs),
    thaw: sampleOf(thaw, thawedMs),
    wrong: aboutOthers(events, 'member-failed', name).map(say),
    relapses: relapses.map(say),
  }
}
