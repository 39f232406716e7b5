// One member joins a standing cluster, and says goodbye again.
import type { BenchCluster } from '../harness/bench-cluster.ts'
import {
  aboutOthers,
  type Context,
  type Group,
  inWords,
  randomWait,
  repeat,
  rest,
  sampleOf,
  withCluster,
} from '../harness/group.ts'
import { LoopbackSite } from '../harness/loopback-site.ts'
import { type Result, type Sample, timed } from '../report/result.ts'
import type { RowName } from '../targets.ts'

const TIMEOUT_MS = 20_000

export const joinAndLeave: Group = groupOf(['join', 'goodbye'], false)
export const joinAndLeavePsk: Group = groupOf(['join-psk', 'goodbye-psk'], true)

function groupOf(rows: readonly [RowName, RowName], keyed: boolean): Group {
  return {
    rows,
    sizes: [5, 16],
    measure: (context, size) =>
      withCluster(LoopbackSite.open, size - 1, (cluster) => measureAll(context, rows, cluster, size), keyed),
  }
}

async function measureAll(
  context: Context,
  [join, goodbye]: readonly [RowName, RowName],
  cluster: BenchCluster,
  size: number,
): Promise<Result[]> {
  const notes: string[] = []
  const runs = context.runs(20)
  const samples = await repeat(context, `${join} and ${goodbye}, ${size} members`, runs, async (run) => {
    const sample = await comeAndGo(context, cluster, `n-${run}`)
    const wrong = aboutOthers(await cluster.takeEvents(), 'member-failed', '')
    notes.push(...wrong.map((event) => `run ${run}: ${inWords(event)}`))
    return sample
  })
  const of = (pick: (sample: (typeof samples)[number]) => Sample) => samples.map(pick)
  return [
    timed(
      join,
      size,
      of((sample) => sample.join),
      notes,
    ),
    timed(
      goodbye,
      size,
      of((sample) => sample.goodbye),
    ),
  ]
}

async function comeAndGo(
  context: Context,
  cluster: BenchCluster,
  name: string,
): Promise<{ join: Sample; goodbye: Sample }> {
  const newcomer = await cluster.spawn(name, await cluster.site.place())
  await cluster.publish([newcomer.place])
  await rest(cluster)
  await randomWait(context)
  const joinMs = await cluster.join(newcomer)
  cluster.admit(newcomer)
  const joined = await cluster.agreement(TIMEOUT_MS)

  await rest(cluster)
  const watch = await cluster.watch(cluster.others(newcomer), { type: 'member', name, states: ['left'] })
  await randomWait(context)
  const left = newcomer.process.request<{ atMs: number }>('leave')
  const outcome = await watch.wait(TIMEOUT_MS)
  const { atMs: leaveMs } = await left
  cluster.dismiss(newcomer)
  await newcomer.process.kill()
  await cluster.publish()
  return { join: sampleOf(joined, joinMs), goodbye: sampleOf(outcome, leaveMs) }
}
