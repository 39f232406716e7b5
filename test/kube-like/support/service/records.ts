// The records that CoreDNS serves for a headless Service, as lines of a zone file.

import type { StatefulSetSpec } from '../spec.ts'
import { serviceName } from './names.ts'

/** A pod that the Service lists. */
export interface Endpoint {
  readonly name: string
  readonly address: string
}

/** A and SRV records; without endpoints none at all, so that the name does not exist. */
export function serviceRecords(spec: StatefulSetSpec, endpoints: readonly Endpoint[]): string[] {
  const service = `${serviceName(spec)}.`
  const weight = Math.max(1, Math.floor(100 / Math.max(1, endpoints.length)))
  return endpoints.flatMap(({ name, address }) => [
    `${service} A ${address}`,
    `${name}.${service} A ${address}`,
    ...Object.entries(spec.ports ?? {}).map(
      ([portName, port]) => `_${portName}._tcp.${service} SRV 0 ${weight} ${port} ${name}.${service}`,
    ),
  ])
}
