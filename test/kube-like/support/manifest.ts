// Takes a StatefulSet and its headless Service from manifests, so that what runs here is what is deployed.
import { randomBytes } from 'node:crypto'
import type { Manifest } from '../../../examples/distributed-cache/test/k8s-manifests.ts'
import type { FieldPath, HttpProbe, StatefulSetSpec } from './spec.ts'

type Of<Kind> = Extract<Manifest, { kind: Kind }>
type Container = NonNullable<Of<'StatefulSet'>['spec']>['template']['spec'] extends infer Pod
  ? NonNullable<Pod> extends { containers: (infer C)[] }
    ? C
    : never
  : never
type ProbeOf = NonNullable<Container['readinessProbe']>

/** @param command what runs in place of the image */
export function specFromManifests(
  manifests: readonly Manifest[],
  command: readonly string[],
  namespace = 'default',
): StatefulSetSpec {
  const { metadata, spec } = find(manifests, 'StatefulSet', () => true)
  const service = find(manifests, 'Service', (one) => one.metadata?.name === spec?.serviceName)
  const pod = spec?.template.spec
  const container = pod?.containers[0]
  if (!spec || !pod || !container) throw new Error('a StatefulSet with a container is expected')
  return {
    name: metadata?.name ?? '',
    namespace,
    service: spec.serviceName ?? '',
    publishNotReadyAddresses: service.spec?.publishNotReadyAddresses ?? false,
    replicas: spec.replicas ?? 1,
    podManagementPolicy: spec.podManagementPolicy === 'Parallel' ? 'Parallel' : 'OrderedReady',
    terminationGracePeriodSeconds: pod.terminationGracePeriodSeconds ?? 30,
    // Each Secret that is mounted is one of keys.
    ...(pod.volumes?.some(({ secret }) => secret) && { keys: `a ${randomBytes(32).toString('base64')}\n` }),
    command,
    env: Object.fromEntries((container.env ?? []).map((one) => [one.name, variable(one)])),
    ports: Object.fromEntries(
      (container.ports ?? []).map(({ name = '', containerPort }) => [name, containerPort]),
    ),
    ...(container.startupProbe && { startupProbe: probe(container.startupProbe) }),
    ...(container.readinessProbe && { readinessProbe: probe(container.readinessProbe) }),
  }
}

function find<Kind extends Manifest['kind']>(
  manifests: readonly Manifest[],
  kind: Kind,
  isWanted: (one: Of<Kind>) => boolean,
): Of<Kind> {
  const found = manifests.find((one): one is Of<Kind> => one.kind === kind && isWanted(one as Of<Kind>))
  if (found === undefined) throw new Error(`there is no such ${kind}`)
  return found
}

function variable({ name, value, valueFrom }: NonNullable<Container['env']>[number]) {
  const fieldPath = valueFrom?.fieldRef?.fieldPath as FieldPath | undefined
  if (fieldPath !== undefined) return { fieldPath }
  if (value === undefined) throw new Error(`env ${name}: a value or a fieldRef is expected`)
  return value
}

function probe({ httpGet, ...times }: ProbeOf): HttpProbe {
  if (typeof httpGet?.port !== 'string') throw new Error('an httpGet with the name of a port is expected')
  const { periodSeconds = 10, timeoutSeconds = 1, failureThreshold = 3 } = times
  return { path: httpGet.path ?? '/', port: httpGet.port, periodSeconds, timeoutSeconds, failureThreshold }
}
