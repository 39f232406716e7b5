// Names of Services in DNS.
import type { StatefulSetSpec } from '../spec.ts'

export const ZONE = 'cluster.local'

/** Full name of the headless Service of a set, without the final dot. */
export function serviceName({ name, namespace = 'default', service = name }: StatefulSetSpec): string {
  return `${service}.${namespace}.svc.${ZONE}`
}
