// What the embedded DNS server knows: records of headless Services and plain records, changed at run time, and
// the answer to a question. Names and rules follow the Kubernetes DNS specification and what CoreDNS does with it.
import { isIPv4 } from 'node:net'
import type { DnsAnswer, DnsRecord } from './dns-message.ts'

/** One named port of a pod; each gives an SRV record. */
export interface DnsPort {
  /** As in the Service: `peer` gives `_peer._tcp.<service>`. */
  readonly name: string
  readonly port: number
  /** Default `'tcp'`. */
  readonly protocol?: 'tcp' | 'udp'
}

/** One pod behind a headless Service. */
export interface DnsPod {
  /** Name of its own record under the Service. Default: the address with dashes, such as `10-0-0-1`. */
  readonly hostname?: string
  /** IPv4 and IPv6 addresses. */
  readonly addresses: readonly string[]
  /** Default none: the pod then has no SRV records. */
  readonly ports?: readonly DnsPort[]
  /** Default `true`. A pod that is not ready has no records unless the Service publishes them. */
  readonly ready?: boolean
}

/** A headless Service and its pods. */
export interface DnsService {
  /** Full name, such as `cache.prod.svc.cluster.local`. */
  readonly name: string
  readonly pods: readonly DnsPod[]
  /** Default `false`, as in Kubernetes. */
  readonly publishNotReadyAddresses?: boolean
}

/** Records by name. Where a name has no record the answer is NXDOMAIN, or NODATA if another type is there. */
export class DnsZones {
  #zones: readonly string[]
  #negativeTtlSeconds: number
  #shuffle: <T>(items: readonly T[]) => T[]
  /** Who set the records (a Service, or a name by itself), and what they are. */
  #owners = new Map<string, readonly DnsRecord[]>()
  /** Built from `#owners` at the first question after a change: name, then type. */
  #index: Map<string, Map<string, DnsRecord[]>> | undefined

  constructor(options: {
    zones: readonly string[]
    negativeTtlSeconds: number
    shuffle: <T>(items: readonly T[]) => T[]
  }) {
    this.#zones = options.zones.map(normalName)
    this.#negativeTtlSeconds = options.negativeTtlSeconds
    this.#shuffle = options.shuffle
  }

  setService(service: DnsService): void {
    this.#set(`service ${normalName(service.name)}`, serviceRecords(service))
  }

  removeService(name: string): void {
    this.#set(`service ${normalName(name)}`, [])
  }

  setRecords(name: string, records: readonly DnsRecord[]): void {
    const owner = normalName(name)
    this.#set(
      `records ${owner}`,
      records.map((record) => ({ ...record, name: owner })),
    )
  }

  /** The answer to one question. Addresses come shuffled, SRV records in order, as from CoreDNS. */
  answer(name: string, type: string): DnsAnswer {
    const zone = this.#zones.find((candidate) => name === candidate || name.endsWith(`.${candidate}`))
    if (zone === undefined) return { code: 'REFUSED', answers: [], authority: [], additionals: [] }
    const index = this.#indexed()
    const types = index.get(name)
    const found = types?.get(type) ?? []
    if (found.length === 0) {
      const authority = [{ type: 'SOA', name: zone, minimumSeconds: this.#negativeTtlSeconds } as const]
      const exists = types !== undefined || name === zone
      return { code: exists ? 'NOERROR' : 'NXDOMAIN', answers: [], authority, additionals: [] }
    }
    if (type !== 'SRV')
      return { code: 'NOERROR', answers: this.#shuffle(found), authority: [], additionals: [] }
    const targets = new Set(found.map((record) => (record.type === 'SRV' ? normalName(record.target) : '')))
    const additionals = [...targets].flatMap((target) => {
      const byType = index.get(target)
      return [...(byType?.get('A') ?? []), ...(byType?.get('AAAA') ?? [])]
    })
    return { code: 'NOERROR', answers: found, authority: [], additionals }
  }

  #set(owner: string, records: readonly DnsRecord[]): void {
    if (records.length === 0) this.#owners.delete(owner)
    else this.#owners.set(owner, records)
    this.#index = undefined
  }

  #indexed(): Map<string, Map<string, DnsRecord[]>> {
    if (this.#index) return this.#index
    const index = new Map<string, Map<string, DnsRecord[]>>()
    for (const record of [...this.#owners.values()].flat()) {
      const types = entry(index, record.name, () => new Map<string, DnsRecord[]>())
      entry(types, record.type, () => []).push(record)
      // A name above an existing one exists too, without records (RFC 8020).
      for (let parent = parentOf(record.name); parent !== ''; parent = parentOf(parent)) {
        entry(index, parent, () => new Map<string, DnsRecord[]>())
      }
    }
    this.#index = index
    return index
  }
}

/** Lower case, without the final dot. */
export function normalName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}

function serviceRecords(service: DnsService): DnsRecord[] {
  const name = normalName(service.name)
  const listed = service.pods.filter((pod) => service.publishNotReadyAddresses || pod.ready !== false)
  const endpoints = listed.flatMap((pod) =>
    pod.addresses.map((address) => ({ pod, address, host: `${pod.hostname ?? dashed(address)}.${name}` })),
  )
  const weight = Math.max(1, Math.floor(100 / Math.max(1, endpoints.length)))
  const records = endpoints.flatMap(({ pod, address, host }): DnsRecord[] => {
    const type = isIPv4(address) ? 'A' : 'AAAA'
    const ports = (pod.ports ?? []).map((port): DnsRecord => {
      const owner = `_${port.name}._${port.protocol ?? 'tcp'}.${name}`
      return { type: 'SRV', name: normalName(owner), target: host, port: port.port, priority: 0, weight }
    })
    return [{ type, name, address }, { type, name: normalName(host), address }, ...ports]
  })
  // A pod with two addresses would list its SRV target twice.
  return [...new Map(records.map((record) => [JSON.stringify(record), record])).values()]
}

function dashed(address: string): string {
  return address.replace(/[.:]/g, '-')
}

function parentOf(name: string): string {
  const dot = name.indexOf('.')
  return dot < 0 ? '' : name.slice(dot + 1)
}

function entry<V>(map: Map<string, V>, key: string, make: () => V): V {
  const present = map.get(key)
  if (present !== undefined) return present
  const made = make()
  map.set(key, made)
  return made
}
