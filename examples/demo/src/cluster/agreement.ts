// Whether the views of the pods are as they must become: pure, from what was done to each pod and what each reports.
import type { MemberState } from '@rollcall/membership'
import type { SeenView } from '../reports.ts'
import { isReachable, type Pod } from './pod.ts'

type Facts = Pick<Pod, 'name' | 'status' | 'cut' | 'generation' | 'view' | 'viewAtMs'>

/** The state in which all reachable pods must come to hold a pod. */
export function expectedState(pod: Pick<Pod, 'status' | 'cut'>): MemberState {
  // Nobody hears the goodbye of one that is cut off.
  if ((pod.status === 'left' || pod.status === 'leaving') && !pod.cut) return 'left'
  return isReachable(pod) ? 'alive' : 'failed'
}

/** What is not yet, or wrongly, so in one pod's view; undefined when nothing is. */
export function disagreement(view: SeenView | undefined, pods: readonly Facts[]): string | undefined {
  if (view === undefined) return 'has no view yet'
  const seen = new Map(view.members.map((member) => [member.name, member]))
  for (const pod of pods) {
    const expected = expectedState(pod)
    const member = seen.get(pod.name)
    if (member === undefined) return `does not know ${pod.name}`
    if (member.state !== expected) return `has ${pod.name} ${member.state}, not ${expected}`
    if (expected === 'alive' && member.generation !== pod.generation) return `has an old life of ${pod.name}`
  }
  return undefined
}

/** The present state of agreement. */
export type Agreement =
  | { readonly type: 'agreed'; readonly lastAtMs: number; readonly observers: number }
  | { readonly type: 'not-yet'; readonly why: string }

/** Whether every reachable pod's view is as it must become, and their view ids are equal. */
export function agreement(pods: readonly Facts[]): Agreement {
  const observers = pods.filter((pod) => isReachable(pod))
  for (const observer of observers) {
    const why = disagreement(observer.view, pods)
    if (why !== undefined) return { type: 'not-yet', why: `${observer.name} ${why}` }
  }
  const ids = new Set(observers.map(({ view }) => view?.id))
  if (ids.size > 1) return { type: 'not-yet', why: 'view ids differ' }
  return {
    type: 'agreed',
    lastAtMs: Math.max(0, ...observers.map((pod) => pod.viewAtMs)),
    observers: observers.length,
  }
}
