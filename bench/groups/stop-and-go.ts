// Members that are stopped for 3 s and run for 0.5 s, again and again: slow, and not dead.
import { setTimeout as pause } from 'node:timers/promises'
import type { BenchMember } from '../harness/bench-cluster.ts'
import { nowMs } from '../harness/clock.ts'
import { falseAlarms } from '../harness/false-alarms.ts'
import { type Context, type Group, rest, withCluster } from '../harness/group.ts'
import { LoopbackSite } from '../harness/loopback-site.ts'
import type { Result } from '../report/result.ts'
import type { RowName } from '../targets.ts'

const STOPPED_MS = 3000
const RUNNING_MS = 500

export const stopAndGo: Group = {
  rows: ['stop-and-go'],
  sizes: [5, 16],
  measure: (context, size) => measureStops(context, 'stop-and-go', size, 1),
}

export const stopAndGoQuarter: Group = {
  rows: ['stop-and-go-quarter'],
  sizes: [16],
  measure: (context, size) => measureStops(context, 'stop-and-go-quarter', size, Math.ceil(size / 4)),
}

function measureStops(context: Context, name: RowName, size: number, count: number): Promise<Result[]> {
  return withCluster(LoopbackSite.open, size, async (cluster) => {
    const first = context.random.below(size)
    const stopped = [...cluster.members.slice(first), ...cluster.members.slice(0, first)].slice(0, count)
    context.progress(`stop and go, ${count} of ${size} members`)
    await rest(cluster)
    const startMs = nowMs()
    const endMs = startMs + context.span(60)
    await Promise.all(stopped.map((member) => stopAgainAndAgain(context, member, endMs)))
    await cluster.whole()
    const disturbed = stopped.map((member) => member.name)
    return [falseAlarms(name, size, { events: await cluster.takeEvents(), startMs, disturbed })]
  })
}

async function stopAgainAndAgain(context: Context, { process }: BenchMember, endMs: number): Promise<void> {
  await pause(context.random.below(STOPPED_MS + RUNNING_MS))
  while (nowMs() < endMs) {
    process.signal('SIGSTOP')
    await pause(STOPPED_MS)
    process.signal('SIGCONT')
    await pause(RUNNING_MS)
  }
}
