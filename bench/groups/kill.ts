// SIGKILL: how long until the last survivor knows, with the address still there and with the address gone.

import type { BenchCluster, BenchMember } from '../harness/bench-cluster.ts'
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
import { NamespaceSite, whyNoNamespaces } from '../harness/namespace-site.ts'
import { type Result, type Sample, timed } from '../report/result.ts'
import type { RowName } from '../targets.ts'

const TIMEOUT_MS = 20_000

export const kill: Group = killsOf('sigkill', false)
export const killPsk: Group = killsOf('sigkill-psk', true)

function killsOf(name: RowName, keyed: boolean): Group {
  const around = { before: () => {}, after: () => {} }
  return {
    rows: [name],
    sizes: [5, 16, 64],
    measure: (context, size) =>
      withCluster(LoopbackSite.open, size, (cluster) => measureKills(context, name, cluster, around), keyed),
  }
}

export const killAddressGone: Group = {
  rows: ['sigkill-address-gone'],
  sizes: [5, 16],
  skip: whyNoNamespaces,
  measure: (context, size) =>
    withCluster(NamespaceSite.open, size, (cluster, site) =>
      measureKills(context, 'sigkill-address-gone', cluster, {
        before: ({ place }) => site.vanish(place),
        after: ({ place }) => site.reappear(place),
      }),
    ),
}

interface Around {
  /** Right before the signal. */
  readonly before: (victim: BenchMember) => void
  /** Once the outcome is known. */
  readonly after: (victim: BenchMember) => void
}

async function measureKills(
  context: Context,
  name: RowName,
  cluster: BenchCluster,
  around: Around,
): Promise<Result[]> {
  const size = cluster.members.length
  const notes: string[] = []
  const causes = new Map<string, number>()
  const samples = await repeat(
    context,
    `${name}, ${size} members`,
    context.runs(usualRuns(size)),
    async (run) => {
      const victim = pick(context, cluster.members)
      const sample = await killOne(context, cluster, victim, around)
      const events = await cluster.takeEvents()
      for (const { type, name: about, why } of events) {
        if (type === 'member-failed' && about === victim.name && why !== undefined) {
          causes.set(why.type, (causes.get(why.type) ?? 0) + 1)
        }
      }
      const wrong = aboutOthers(events, 'member-failed', victim.name)
      notes.push(...wrong.map((event) => `run ${run}: ${inWords(event)}`))
      return sample
    },
  )
  const tally = [...causes].map(([cause, count]) => `${count} by ${cause}`).join(', ')
  return [timed(name, size, samples, [`failed events: ${tally}`, ...notes])]
}

/** Kills one member and brings it back at its place. */
async function killOne(
  context: Context,
  cluster: BenchCluster,
  victim: BenchMember,
  { before, after }: Around,
): Promise<Sample> {
  await rest(cluster)
  const watch = await cluster.watch(cluster.others(victim), {
    type: 'member',
    name: victim.name,
    states: ['failed'],
  })
  await randomWait(context)
  before(victim)
  const startMs = nowMs()
  victim.process.signal('SIGKILL')
  const outcome = await watch.wait(TIMEOUT_MS)
  await victim.process.exited
  cluster.dismiss(victim)
  after(victim)
  const successor = await cluster.spawn(victim.name, victim.place)
  await cluster.join(successor)
  cluster.admit(successor)
  return sampleOf(outcome, startMs)
}
