// A bad network: each member loses a share of all packets that others send it, and nobody is dead.
import { setTimeout as pause } from 'node:timers/promises'
import type { BenchCluster } from '../harness/bench-cluster.ts'
import { nowMs } from '../harness/clock.ts'
import { falseAlarms } from '../harness/false-alarms.ts'
import { type Context, type Group, rest, withCluster } from '../harness/group.ts'
import { NamespaceSite } from '../harness/namespace-site.ts'
import { endLoss, startLoss, whyNoPacketLoss } from '../harness/packet-loss.ts'
import type { Result } from '../report/result.ts'
import type { RowName } from '../targets.ts'

export const packetLoss: Group = {
  rows: ['loss-10', 'loss-25'],
  sizes: [16],
  skip: whyNoPacketLoss,
  measure: (context, size) =>
    withCluster(NamespaceSite.open, size, async (cluster) => [
      await measureLoss(context, 'loss-10', cluster, 10),
      await measureLoss(context, 'loss-25', cluster, 25),
    ]),
}

async function measureLoss(
  context: Context,
  name: RowName,
  cluster: BenchCluster,
  percent: number,
): Promise<Result> {
  const size = cluster.members.length
  const places = cluster.members.map(({ place }) => place)
  context.progress(`${percent} % of packets lost, ${size} members`)
  await rest(cluster)
  const startMs = nowMs()
  startLoss(places, percent)
  await pause(context.span(60))
  const { arrived, lost } = endLoss(places)
  await cluster.whole()
  const notes = [`${lost} of ${arrived} packets lost (${((100 * lost) / arrived).toFixed(1)} %)`]
  return falseAlarms(name, size, { events: await cluster.takeEvents(), startMs, notes })
}
