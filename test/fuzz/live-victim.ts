// The process that is fuzzed: two members, of which strangers find the first. Says over IPC how it stands, and what its heap
// holds.
import { join, type MemberChange, type View } from '@rollcall/membership'
import { CLUSTER_ID, serveAll } from './corpus.ts'
import { heapInUse } from './heap.ts'

/** What it says when it is asked. */
export interface VictimState {
  /** How often the view has changed since the start. */
  readonly view: number
  /** The changes since it was asked last: which members became what. The last ones of many. */
  readonly changes: readonly string[]
  readonly members: readonly string[]
  /** Which of the two has called the other anything but alive, and how often. */
  readonly accusations: number
  readonly problems: readonly string[]
  readonly counters: Readonly<Record<string, number>>
}

const problems: string[] = []
process.on('unhandledRejection', (error) => problems.push(`unhandled rejection: ${error}`))
process.on('uncaughtException', (error) => problems.push(`uncaught exception: ${error.stack}`))

const problem = (fields: object, text: string) => {
  if (!('kind' in fields)) problems.push(`${text} ${String((fields as { err?: Error }).err?.stack)}`)
}
const logger = { debug() {}, info() {}, warn() {}, error: problem }
// What it remembers of those that have ended is gone soon, so that the heap shows what is left besides.
const protocol = { forgetAfterMs: 2000, tombstoneMs: 2000 }
const common = { clusterId: CLUSTER_ID, host: '127.0.0.1', port: 0, logger, protocol }
// All connections are to be read.
const strangers = { pendingHandshakes: 65_536, pendingHandshakesPerAddress: Number.POSITIVE_INFINITY }
const limits = { updatesPerSecond: 1e9, members: 128, ...strangers }
const victim = await join({ ...common, name: 'm-0', limits, seeds: async () => [] })
const address = victim.view.self.addresses[0] as string
const friend = await join({ ...common, name: 'friend', seeds: async () => [address] })
for (const cluster of [victim, friend]) serveAll(cluster)
let accusations = 0
const accused = ({ member }: MemberChange) => {
  if (member.name === 'm-0' || member.name === 'friend') accusations++
}
for (const cluster of [victim, friend]) {
  cluster.on('member-suspected', accused)
  cluster.on('member-failed', accused)
}
await Promise.all([victim, friend].map((cluster) => cluster.settled({ minMembers: 2 })))

const MOST_CHANGES = 20
/** The view when it was asked last, and those since. */
let views = [victim.view]
victim.on('view-changed', ({ view }) => {
  views.push(view)
  if (views.length > MOST_CHANGES + 1) views.shift()
})

/** What changed from each view to the next. */
function changesOf(views: readonly View[]): string[] {
  return views.slice(1).map(({ number, members }, i) => {
    const known = new Set(views[i]?.members)
    const changed = members.filter((member) => !known.has(member)).map((member) => JSON.stringify(member))
    return `view ${number} of ${members.length} members: ${changed.join(', ')}`
  })
}

process.on('message', async (asked) => {
  if (asked === 'heap') {
    process.send?.(await heapInUse())
    return
  }
  const { counters } = victim.diagnosis()
  const internal = counters['internal-errors'] ?? 0
  process.send?.({
    view: victim.view.number,
    members: victim.view.members.map(({ name }) => name),
    accusations,
    problems: internal > 0 ? [...problems, `${internal} internal errors`] : problems,
    counters,
    changes: changesOf(views),
  } satisfies VictimState)
  views = [victim.view]
})
process.on('disconnect', () => process.exit())
process.send?.({ address })
