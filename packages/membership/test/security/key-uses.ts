import type { Cluster } from '../../src/index.ts'

/** How many links of a cluster were made with each key. */
export function uses(cluster: Cluster): { accepted: Record<string, number>; removed: number } {
  const { security } = cluster.diagnosis()
  if (security.type !== 'keys') throw new Error('not by keys')
  const accepted = Object.fromEntries(security.accepted.map(({ id, links }) => [id, links]))
  return { accepted, removed: security.removed.length }
}
