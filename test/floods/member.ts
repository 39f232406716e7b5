// One member of the cluster that is flooded.
import { type Cluster, join, type Security, topic } from '@rollcall/membership'
import { answer } from './helper.ts'

/** What a member says of itself. */
export interface MemberState {
  /** Names that it holds alive. */
  readonly alive: readonly string[]
  /** How often it has called another suspect or failed. */
  readonly accusations: number
  /** The most memory that the process had, since it was last asked to begin anew. */
  readonly mostRssBytes: number
  readonly rssBytes: number
  /** CPU time of the process so far. */
  readonly cpuMs: number
  readonly counters: Readonly<Record<string, number>>
}

export interface MemberOptions {
  readonly name: string
  readonly host: string
  readonly seeds: readonly string[]
  readonly security?: Security
}

const work = topic('work')
const AT_ONCE = 64

let cluster: Cluster | undefined
let accusations = 0
let mostRssBytes = 0
const look = () => {
  mostRssBytes = Math.max(mostRssBytes, process.memoryUsage.rss())
}
setInterval(look, 50)

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

answer({
  async join({ seeds, ...options }: MemberOptions) {
    const joined = await join({ port: 0, ...options, seeds: async () => seeds })
    joined.on('member-suspected', () => accusations++)
    joined.on('member-failed', () => accusations++)
    joined.serve(work, (body) => body)
    cluster = joined
    return joined.view.self.addresses[0]
  },
  /** Joins, and says how long it took until so many members were alive in its view, in ms. */
  async timeJoin({ minMembers, ...options }: MemberOptions & { minMembers: number }) {
    const startedAt = performance.now()
    const { seeds, ...rest } = options
    cluster = await join({ port: 0, ...rest, seeds: async () => seeds })
    await cluster.settled({ minMembers, stableMs: 0, signal: AbortSignal.timeout(30_000) })
    const tookMs = performance.now() - startedAt
    await cluster.leave()
    return tookMs
  },
  /** Asks a member so many questions, as the members of a service at work do. */
  async ask({ member, questions }: { member: string; questions: number }) {
    const body = { text: 'x'.repeat(1000), numbers: [1, 2, 3] }
    let left = questions
    const one = async () => {
      while (left-- > 0) await cluster?.request(member, work, body)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, one))
  },
  state(): MemberState {
    look()
    const members = cluster?.view.members ?? []
    return {
      alive: members.filter(({ state }) => state === 'alive').map(({ name }) => name),
      accusations,
      mostRssBytes,
      rssBytes: process.memoryUsage.rss(),
      cpuMs: cpuMs(),
      counters: cluster?.diagnosis().counters ?? {},
    }
  },
  forgetMost() {
    mostRssBytes = 0
  },
})
