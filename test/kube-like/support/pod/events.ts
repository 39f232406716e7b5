// What the members in pods say about each other.
import { isIPv6 } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { StatefulSet } from '../stateful-set/stateful-set.ts'
import type { Pod } from './pod.ts'

/** The default of `join`. */
const MEMBER_PORT = 7946

/** Flags of `node` with which any program tells what its Cluster objects say. */
export const tellEvents: readonly string[] = [
  '--import',
  fileURLToPath(new URL('tell-events.mjs', import.meta.url)),
]

type SeenMember = { readonly name: string; readonly state: string; readonly addresses: readonly string[] }
type Event = { readonly type: string; readonly member?: string; readonly members?: readonly SeenMember[] }

/** What the members in these pods have told, in order. */
export function events(pods: readonly Pod[]): (Event & { readonly by: string })[] {
  return pods.flatMap((pod) =>
    pod.lines.flatMap((line) =>
      line.startsWith('event ')
        ? { by: pod.name, ...(JSON.parse(line.slice('event '.length)) as Event) }
        : [],
    ),
  )
}

/** Name and address of all that a pod has alive in its view now. */
export function aliveIn(pod: Pod): string[] {
  const { members = [] } = events([pod]).findLast(({ type }) => type === 'view') ?? {}
  return members.flatMap(({ name, state, addresses }) =>
    state === 'alive' ? `${name} ${addresses.join()}` : [],
  )
}

/** The same for all that ought to be there. */
export function present({ pods }: StatefulSet): string[] {
  const endpoint = (address: string) => `${isIPv6(address) ? `[${address}]` : address}:${MEMBER_PORT}`
  return pods.map(({ name, addresses }) => `${name} ${addresses.map(endpoint).join()}`)
}
