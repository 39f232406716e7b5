// What each member of a test cluster sees, in a line each: what one wants to know when a test waits in vain.
import type { Cluster, MemberState } from '@rollcall/membership'
import type { TestMember } from './test-member.ts'

/** The time, and a line for each member. */
export function report<M>(nowMs: number, members: Iterable<TestMember<M>>): string {
  const lines = [...members].map(({ name, state, cluster }) => {
    const label = state === 'running' ? name : `${name} (${state})`
    return `  ${label} ${cluster === undefined ? 'has not joined' : `sees ${seenBy(cluster)}`}`
  })
  return [`at ${nowMs.toFixed(1)} ms:`, ...lines].join('\n')
}

function seenBy<M>(cluster: Cluster<M>): string {
  const names = new Map<MemberState | 'leaving', string[]>()
  for (const { name, state, leaving } of cluster.view.members) {
    const key = leaving && state === 'alive' ? 'leaving' : state
    names.set(key, [...(names.get(key) ?? []), name])
  }
  const groups = [...names].map(([state, those]) => `${state} ${those.join(' ')}`)
  const { isolated, quorum } = cluster.diagnosis()
  return [...groups, `quorum ${quorum.state}`, ...(isolated ? ['isolated'] : [])].join(', ')
}
