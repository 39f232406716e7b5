// The records that CoreDNS serves for a headless Service, as lines of a zone file.

import { isIPv6 } from 'node:net'
import type { StatefulSetSpec } from '../spec.ts'
import { serviceName } from './names.ts'

/** A pod that the Service lists. */
export interface Endpoint {
  readonly name: string
  /** The primary one. */
  readonly address: string
  readonly addresses: readonly string[]
}

/** A, AAAA and SRV records; without endpoints none at all, so that the name does not exist. */
export function serviceRecords(spec: StatefulSetSpec, endpoints: readonly Endpoint[]): string[] {
  const service = `${serviceName(spec)}.`
  const weight = Math.max(1, Math.floor(100 / Math.max(1, endpoints.length)))
  const ports = Object.entries(spec.ports ?? {})
  return endpoints.flatMap(({ name, addresses }) => [
    ...addresses.flatMap((address) => {
      const record = `${isIPv6(address) ? 'AAAA' : 'A'} ${address}`
      return [`${service} ${record}`, `${name}.${service} ${record}`]
    }),
    ...ports.map(
      ([portName, port]) => `_${portName}._tcp.${service} SRV 0 ${weight} ${port} ${name}.${service}`,
    ),
  ])
}
