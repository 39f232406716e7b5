// The embedded service as a StatefulSet, and what its pods say about each other.
import { fileURLToPath } from 'node:url'
import type { Pod } from './pod/pod.ts'
import type { StatefulSetSpec } from './spec.ts'
import type { StatefulSet } from './stateful-set/stateful-set.ts'

const tellEvents = fileURLToPath(new URL('pod/tell-events.mjs', import.meta.url))
const program = fileURLToPath(new URL('../../../examples/embedded-service/src/main.ts', import.meta.url))

export const HTTP_PORT = 8080

/** As in the guide's manifest; the size is given, so that a minority knows that it is one. */
export const embeddedService: StatefulSetSpec = {
  name: 'store',
  namespace: 'prod',
  replicas: 3,
  podManagementPolicy: 'Parallel',
  publishNotReadyAddresses: true,
  terminationGracePeriodSeconds: 30,
  command: [
    process.execPath,
    '--conditions=@rollcall/source',
    '--import',
    'tsx',
    '--import',
    tellEvents,
    program,
  ],
  env: {
    SERVICE: 'store',
    EXPECTED_SIZE: '3',
    // Until kube-proxy sends nobody here any more.
    DRAIN_MS: '1000',
    POD_NAME: { fieldPath: 'metadata.name' },
    POD_IPS: { fieldPath: 'status.podIPs' },
  },
  ports: { rollcall: 7946, http: HTTP_PORT },
  readinessProbe: { path: '/readyz', port: 'http', periodSeconds: 0.25, failureThreshold: 1 },
}

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
  return pods.map(({ name, address }) => `${name} ${address}:7946`)
}
