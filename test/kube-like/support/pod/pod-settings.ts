// What the kubelet gives to the container of a pod: host name, files, and variables.

import { serviceName, ZONE } from '../service/names.ts'
import type { FieldPath, StatefulSetSpec } from '../spec.ts'

interface Identity {
  readonly name: string
  readonly uid: string
  readonly addresses: readonly string[]
}

export function podSettings(spec: StatefulSetSpec, pod: Identity, nameServer: string) {
  const { namespace = 'default', command } = spec
  const own = pod.addresses.map((address) => `${address}\t${pod.name}.${serviceName(spec)}\t${pod.name}`)
  const search = `${namespace}.svc.${ZONE} svc.${ZONE} ${ZONE}`
  return {
    hostname: pod.name,
    namespace,
    keys: spec.keys ?? '',
    command,
    resolvConf: `search ${search}\nnameserver ${nameServer}\noptions ndots:5\n`,
    hosts: ['127.0.0.1\tlocalhost', '::1\tlocalhost', ...own, ''].join('\n'),
    env: environment(spec, namespace, pod),
  }
}

function environment(spec: StatefulSetSpec, namespace: string, pod: Identity): Record<string, string> {
  const fields: Record<FieldPath, string> = {
    'metadata.name': pod.name,
    'metadata.namespace': namespace,
    'metadata.uid': pod.uid,
    'spec.nodeName': 'node',
    'status.podIP': pod.addresses[0] ?? '',
    'status.podIPs': pod.addresses.join(),
  }
  const given = Object.entries(spec.env ?? {}).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : fields[value.fieldPath],
  ])
  return {
    PATH: process.env.PATH ?? '',
    HOSTNAME: pod.name,
    KUBERNETES_SERVICE_HOST: '10.96.0.1',
    KUBERNETES_SERVICE_PORT: '443',
    ...Object.fromEntries(given),
  }
}
