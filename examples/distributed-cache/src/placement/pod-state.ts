// What each pod tells all others: a field of its metadata, beside whatever the program keeps there.
import type { Cluster, Member } from '@rollcall/membership'
import { MAX_REPLICAS } from '../options.ts'

/** The field of the metadata. */
export const FIELD = 'cache'

/** A member that has none has no cache. */
export interface PodState {
  /** Whether it has found the others; until then it owns no keys. */
  readonly isJoined: boolean
  /** For which placement it has everything it owns; null while it lacks something. */
  readonly holds: string | null
  /** How many pods have each key by its settings; undefined if it says no number that can be meant. */
  readonly replicas: number | undefined
}

/** What a pod has told; undefined if it has no cache. */
export function podStateOf({ metadata }: Pick<Member, 'metadata'>): PodState | undefined {
  if (typeof metadata !== 'object' || metadata === null) return undefined
  const state = (metadata as Record<string, unknown>)[FIELD]
  if (typeof state !== 'object' || state === null) return undefined
  const { isJoined, holds, replicas } = state as Record<string, unknown>
  return {
    isJoined: isJoined === true,
    holds: typeof holds === 'string' ? holds : null,
    replicas: isNumberOfCopies(replicas) ? replicas : undefined,
  }
}

function isNumberOfCopies(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_REPLICAS
}

/** Tells it, and leaves what else the metadata has. */
export function tell(cluster: Cluster, state: PodState): void {
  const { metadata } = cluster.view.self
  const others = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata) ? metadata : {}
  cluster.setMetadata({ ...others, [FIELD]: state }).catch(() => {}) // It has left meanwhile.
}
