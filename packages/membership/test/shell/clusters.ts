// Real clusters on loopback for tests: each member on a free port, finding the others through a shared list.
import type { Cluster, JoinOptions, Logger, Member } from '../../src/index.ts'
import { joinOn } from '../../src/join.ts'
import { nodePlatform } from '../../src/shell/node-platform.ts'
import type { Platform } from '../../src/shell/platform.ts'
import { until } from './sockets.ts'

/** Joins members that know each other's addresses, and leaves with all of them at the end. */
export class Clusters {
  /** Addresses every member's seed function returns. */
  readonly addresses: string[] = []
  readonly #platform: Platform
  readonly #joined: Cluster[] = []

  constructor(platform: Platform = nodePlatform) {
    this.#platform = platform
  }

  /** Joins one member. */
  async join<M = unknown>(options: Partial<JoinOptions<M>> = {}): Promise<Cluster<M>> {
    const seeds = async () => this.addresses
    const where = options.server === undefined ? { host: '127.0.0.1', port: 0 } : {}
    const cluster = await joinOn<M>(this.#platform, { seeds, ...where, ...options })
    this.addresses.push(...cluster.view.self.addresses)
    this.#joined.push(cluster as unknown as Cluster)
    return cluster
  }

  /** Joins so many members, and waits until each sees all. */
  async form(count: number, options: Partial<JoinOptions> = {}): Promise<Cluster[]> {
    const clusters: Cluster[] = []
    for (let i = 0; i < count; i++) clusters.push(await this.join({ name: `m-${i}`, ...options }))
    await this.agreed(clusters)
    return clusters
  }

  /** Waits until each sees exactly these as alive, and all hold the same view. */
  async agreed(clusters: readonly Cluster[]): Promise<void> {
    const names = clusters.map((cluster) => cluster.view.self.name).sort()
    const agreed = () =>
      clusters.every((cluster) => aliveNames(cluster).join() === names.join()) &&
      new Set(clusters.map((cluster) => cluster.view.id)).size === 1
    await until(`${names.join()} see each other`, agreed, 20_000)
  }

  /** Leaves with all. */
  async leave(): Promise<void> {
    await Promise.all(this.#joined.splice(0).map((cluster) => cluster.leave({ timeoutMs: 500 })))
  }
}

/** Names of those a member holds alive, sorted. */
export function aliveNames(cluster: Cluster): string[] {
  return cluster.view.members.filter((member) => member.state === 'alive').map((member) => member.name)
}

/** What a member holds about a name. */
export function memberOf<M>(cluster: Cluster<M>, name: string): Member<M> | undefined {
  return cluster.view.members.find((member) => member.name === name)
}

/** A logger that keeps its lines, and the fields that go with each. */
export function recorder(): {
  readonly lines: string[]
  readonly fields: Record<string, unknown>[]
  readonly logger: Logger
} {
  const lines: string[] = []
  const fields: Record<string, unknown>[] = []
  const write = (given: object, text: string) => {
    lines.push(text)
    fields.push({ ...given })
  }
  return { lines, fields, logger: { debug: write, info: write, warn: write, error: write } }
}
