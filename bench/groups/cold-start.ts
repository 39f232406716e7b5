// All members start at once while DNS knows none of them; then the records appear. Each run is a cluster of its own.
import { setTimeout as pause } from 'node:timers/promises'
import { BenchCluster } from '../harness/bench-cluster.ts'
import { nowMs } from '../harness/clock.ts'
import { type Context, type Group, randomWait, repeat, sampleOf } from '../harness/group.ts'
import { LoopbackSite } from '../harness/loopback-site.ts'
import { counted, type Sample, timed } from '../report/result.ts'
import type { RowName } from '../targets.ts'

const TIMEOUT_MS = 30_000

export const coldStart: Group = groupOf(['cold-start', 'cold-start-split'], false)
export const coldStartPsk: Group = groupOf(['cold-start-psk', 'cold-start-split-psk'], true)

function groupOf(rows: readonly [RowName, RowName], keyed: boolean): Group {
  const [start, split] = rows
  return {
    rows,
    sizes: [16],
    measure: async (context, size) => {
      const runs = context.runs(20)
      const samples = await repeat(context, `${start}, ${size} members`, runs, (run) =>
        startOnce(context, size, run, keyed),
      )
      const splits = samples.filter(({ reached }) => !reached).length
      return [timed(start, size, samples), counted(split, size, runs, [splits])]
    },
  }
}

async function startOnce(context: Context, size: number, run: number, keyed: boolean): Promise<Sample> {
  const site = await LoopbackSite.open()
  const cluster = new BenchCluster(site, keyed)
  try {
    const names = Array.from({ length: size }, (_, index) => `m-${index}`)
    const members = await Promise.all(names.map(async (name) => cluster.spawn(name, await site.place())))
    await Promise.all(members.map((member) => cluster.join(member)))
    await randomWait(context)
    // In every other run the records come one by one within a second, as pods become ready.
    for (const member of members) {
      cluster.admit(member)
      if (run % 2 === 0) {
        await cluster.publish()
        await pause(1000 / size)
      }
    }
    const listedMs = nowMs()
    await cluster.publish()
    const outcome = await cluster.agreement(TIMEOUT_MS)
    const sample = sampleOf(outcome, listedMs)
    // With records that come one by one the cluster may be whole before the last of them.
    return {
      ...sample,
      ms: Math.max(0, sample.ms),
      ...(sample.reached ? {} : { note: await cluster.standing() }),
    }
  } finally {
    await cluster.kill()
    await site.close()
  }
}
