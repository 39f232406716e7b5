// What each pod tells all others: a field of its metadata, beside whatever the program keeps there.
import type { Cluster, Member } from '@rollcall/membership'

/** The field of the metadata. */
export const FIELD = 'cache'

/** A member that has none has no cache. */
export interface PodState {
  /** Whether it has found the others; until then it owns no keys. */
  readonly isJoined: boolean
  /** For which placement it has everything it owns; null while it lacks something. */
  readonly holds: string | null
}

/** What a pod has told; undefined if it has no cache. */
export function podStateOf({ metadata }: Pick<Member, 'metadata'>): PodState | undefined {
  if (typeof metadata !== 'object' || metadata === null) return undefined
  const state = (metadata as Record<string, unknown>)[FIELD]
  if (typeof state !== 'object' || state === null) return undefined
  const { isJoined, holds } = state as Record<string, unknown>
  return { isJoined: isJoined === true, holds: typeof holds === 'string' ? holds : null }
}

/** Tells it, and leaves what else the metadata has. */
export function tell(cluster: Cluster, state: PodState): void {
  const { metadata } = cluster.view.self
  const others = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata) ? metadata : {}
  cluster.setMetadata({ ...others, [FIELD]: state }).catch(() => {}) // It has left meanwhile.
}
