// Members in the test's own process, joined as a user joins them, and left together at the end.
import {
  type Cluster,
  type JoinOptions,
  join,
  type Logger,
  type Member,
  type MemberChange,
} from '@rollcall/membership'
import { until } from './until.ts'

/** Joins members and keeps what each of them was told. */
export class Members {
  readonly #joined: Cluster[] = []
  readonly #events = new Map<Cluster, MemberChange[]>()

  /** Joins one. */
  async join(options: JoinOptions): Promise<Cluster> {
    const cluster = await join(options)
    this.#joined.push(cluster)
    this.#events.set(cluster, record(cluster))
    return cluster
  }

  /** What a member was told about a name, in order. */
  about(cluster: Cluster, name: string): MemberChange[] {
    return (this.#events.get(cluster) ?? []).filter((event) => event.member.name === name)
  }

  /** Names in the events of these types that a member was told, in order. */
  told(cluster: Cluster, ...types: MemberChange['type'][]): string[] {
    return (this.#events.get(cluster) ?? [])
      .filter((event) => types.includes(event.type))
      .map((event) => event.member.name)
  }

  /** Whom any of the members ever called suspect, failed or left. */
  accused(): string[] {
    return this.#joined.flatMap((cluster) =>
      this.told(cluster, 'member-suspected', 'member-failed', 'member-left'),
    )
  }

  /** Leaves with all. */
  async leave(): Promise<void> {
    this.#events.clear()
    await Promise.all(this.#joined.splice(0).map((cluster) => cluster.leave({ timeoutMs: 500 })))
  }
}

function record(cluster: Cluster): MemberChange[] {
  const events: MemberChange[] = []
  const keep = (event: MemberChange) => void events.push(event)
  cluster.on('member-joined', keep)
  cluster.on('member-restarted', keep)
  cluster.on('member-suspected', keep)
  cluster.on('member-recovered', keep)
  cluster.on('member-leaving', keep)
  cluster.on('member-left', keep)
  cluster.on('member-failed', keep)
  return events
}

/** Waits until each of the members holds exactly these names alive, and all hold the same view. */
export async function agreed(clusters: readonly Cluster[], names?: readonly string[]): Promise<void> {
  const wanted = [...(names ?? clusters.map((cluster) => cluster.view.self.name))].sort().join()
  const holds = () =>
    clusters.every((cluster) => alive(cluster).join() === wanted) &&
    new Set(clusters.map((cluster) => cluster.view.id)).size === 1
  await until(`all agree on ${wanted}`, holds, {
    deadlineMs: 15_000,
    state: () => clusters.map((cluster) => [alive(cluster).join(), cluster.diagnosis().text]),
  })
}

/** Names a member holds alive, sorted. */
export function alive(cluster: Cluster): string[] {
  return cluster.view.members.filter(({ state }) => state === 'alive').map(({ name }) => name)
}

/** What a member holds about a name. */
export function memberOf(cluster: Cluster, name: string): Member | undefined {
  return cluster.view.members.find((member) => member.name === name)
}

/** A logger that keeps its lines. */
export function recorder(): { readonly lines: string[]; readonly logger: Logger } {
  const lines: string[] = []
  const write = (fields: object, text: string) => void lines.push(`${text} ${JSON.stringify(fields)}`)
  return { lines, logger: { debug: write, info: write, warn: write, error: write } }
}
