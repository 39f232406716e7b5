// Which cluster a member belongs to. Two members are of one cluster when an id of the one is an id of the other; so a
// cluster changes its id in two steps, in each of which all members still match.

/** The ids of one member, as its hello says them. */
export interface ClusterIds {
  /** The id it goes by. */
  readonly clusterId: string
  /** Others that count as the same cluster: the one to come. */
  readonly alsoClusterIds?: readonly string[] | undefined
}

/** Those of a member, out of whatever else is said about it. */
export function clusterIds({ clusterId, alsoClusterIds = [] }: ClusterIds): ClusterIds {
  return alsoClusterIds.length === 0 ? { clusterId } : { clusterId, alsoClusterIds }
}

/** Whether two members belong to one cluster. */
export function isSameCluster(a: ClusterIds, b: ClusterIds): boolean {
  const ids = allOf(b)
  return allOf(a).some((id) => ids.includes(id))
}

/** The ids for people to read: `"cache.prod", also "cache.live"`. */
export function showClusterIds({ clusterId, alsoClusterIds = [] }: ClusterIds): string {
  const also = alsoClusterIds.map((id) => `"${id}"`).join(', ')
  return also === '' ? `"${clusterId}"` : `"${clusterId}", also ${also}`
}

function allOf({ clusterId, alsoClusterIds = [] }: ClusterIds): readonly string[] {
  return [clusterId, ...alsoClusterIds]
}
