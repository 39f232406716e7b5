import type { Cluster, ClusterEvents } from '@rollcall/membership'
import type { TestCluster } from '../../src/index.ts'

const types: readonly (keyof ClusterEvents)[] = [
  ...([
    'member-joined',
    'member-suspected',
    'member-recovered',
    'member-updated',
    'member-restarted',
  ] as const),
  ...(['member-leaving', 'member-left', 'member-failed', 'member-removed'] as const),
  ...(['superseded', 'isolated', 'quorum-changed'] as const),
]

/** One thing a member was told. */
export interface Told {
  readonly at: number
  /** Who was told. */
  readonly to: string
  readonly type: string
  /** Whom it is about, or what the quorum is now. */
  readonly about: string
}

/** Records everything that these members are told from now on. */
export function record(test: TestCluster, clusters: readonly Cluster[] = test.clusters): Told[] {
  const told: Told[] = []
  for (const cluster of clusters) {
    const to = cluster.view.self.name
    for (const type of types) {
      cluster.on(type, (event: object) => {
        const { member, quorum } = event as { member?: { name: string }; quorum?: { state: string } }
        told.push({ at: test.now, to, type, about: member?.name ?? quorum?.state ?? '' })
      })
    }
  }
  return told
}

/** `m-0 member-failed m-1`, and so on, of one type or all, without times. */
export function lines(told: readonly Told[], type?: string): string[] {
  return told
    .filter((each) => type === undefined || each.type === type)
    .map((each) => `${each.to} ${each.type} ${each.about}`.trim())
}

/** Names and states in one member's view: `m-0 alive, m-1 failed`. */
export function seen(cluster: Cluster): string {
  return cluster.view.members.map(({ name, state }) => `${name} ${state}`).join(', ')
}
