// What a manifest says about a StatefulSet and its headless Service, as plain data.

/** Fields of the Downward API that a manifest may hand to a program. */
export type FieldPath =
  | 'metadata.name'
  | 'metadata.namespace'
  | 'metadata.uid'
  | 'spec.nodeName'
  | 'status.podIP'
  | 'status.podIPs'

/** A StatefulSet of pods with one container each, and the headless Service that governs it. */
export interface StatefulSetSpec {
  /** Pods are named `<name>-0` and so on. At most 12 characters: a pod's network port has its name, and 15 at most. */
  readonly name: string
  /** Default `default`. */
  readonly namespace?: string
  /** The headless Service (`serviceName`). Default: the name of the set. */
  readonly service?: string
  /** Of the headless Service. Default `false`, as in Kubernetes. */
  readonly publishNotReadyAddresses?: boolean
  readonly replicas: number
  /** Default `OrderedReady`, as in Kubernetes. */
  readonly podManagementPolicy?: 'OrderedReady' | 'Parallel'
  /** The program and its arguments, run with the folder of the repository as its working directory. */
  readonly command: readonly string[]
  /** Values, or fields of the Downward API. */
  readonly env?: Readonly<Record<string, string | { readonly fieldPath: FieldPath }>>
  /** What the mounted Secret has in its file `/var/run/secrets/rollcall/keys`. Default: none is mounted. */
  readonly keys?: string
  /** Ports by name: each gives an SRV record per pod. */
  readonly ports?: Readonly<Record<string, number>>
  /** The readiness probe begins when it has been answered once. */
  readonly startupProbe?: HttpProbe
  /** Without one a pod is ready while its container runs. */
  readonly readinessProbe?: HttpProbe
  /** Default 30. */
  readonly terminationGracePeriodSeconds?: number
}

/** An HTTP probe, asked from the node. Defaults as in Kubernetes. */
export interface HttpProbe {
  readonly path: string
  /** Name of one of the ports. */
  readonly port: string
  /** Default 10. */
  readonly periodSeconds?: number
  /** Default 1. */
  readonly timeoutSeconds?: number
  /** Default 3. */
  readonly failureThreshold?: number
}

/** Refuses what could not work, so that a typo does not show as a pod that never gets ready. */
export function checkSpec(spec: StatefulSetSpec): void {
  const { name, replicas, command, ports = {} } = spec
  if (!/^[a-z]([a-z0-9-]{0,10}[a-z0-9])?$/.test(name))
    throw new Error(`name: a DNS label of 1 to 12, not ${name}`)
  if (command.length === 0) throw new Error('command: a program is expected')
  for (const probe of ['startupProbe', 'readinessProbe'] as const) {
    const port = spec[probe]?.port
    if (port === undefined || port in ports) continue
    throw new Error(`${probe}.port: the name of one of the ports, not ${port}`)
  }
  // Two digits of an ordinal are left beside a name of 12.
  if (Number.isInteger(replicas) && replicas >= 0 && replicas <= 100) return
  throw new Error(`replicas: a whole number from 0 to 100, not ${replicas}`)
}
