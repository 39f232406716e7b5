// Checks the options that say which cluster a member belongs to.
import type { ClusterIds } from '../core/cluster-ids.ts'
import { OptionError } from '../errors.ts'
import type { JoinOptions } from '../options.ts'
import { checkText } from './option-checks.ts'
import { wireLimits } from './wire-limits.ts'

/** The ids of this member; the first is that of the seeds unless one is given. @throws OptionError */
export function checkClusterIds(
  options: Pick<JoinOptions, 'clusterId' | 'alsoClusterIds'>,
  seeds: { readonly clusterId?: string },
): ClusterIds {
  const clusterId = checkText('clusterId', options.clusterId ?? seeds.clusterId ?? 'default')
  const given: unknown = options.alsoClusterIds ?? []
  if (!Array.isArray(given) || given.length > wireLimits.clusterIds) {
    throw new OptionError('alsoClusterIds', `a list of at most ${wireLimits.clusterIds} cluster ids`, given)
  }
  const also = new Set(Array.from(given, (id, index) => checkText(`alsoClusterIds[${index}]`, id)))
  also.delete(clusterId)
  return { clusterId, alsoClusterIds: [...also] }
}
