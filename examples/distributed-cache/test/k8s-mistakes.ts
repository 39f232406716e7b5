// The mistakes that docs/kubernetes.md lists, each made for real: members on loopback addresses, DNS from a real server, and
// what stands between them.
import { writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join as joinPath } from 'node:path'
import { type Cluster, type JoinOptions, join } from '@rollcall/membership'
import { type HeadlessServiceOptions, headlessService } from '@rollcall/seed'
import { createProxy, type DnsServer, startDnsServer } from '@rollcall/testkit'

const MEMBER_PORT = 7946
const SERVICE = 'cache.prod.svc.cluster.local'
const VIRTUAL = 100

/** Where one mistake is made: addresses and a DNS server of its own. */
export class Place {
  readonly dns: DnsServer
  readonly #block: string
  readonly #folder: string
  readonly #clusters: Cluster[] = []
  readonly #others: { close(): unknown }[] = []

  /** `folder` is where it may write; `index` tells it apart from all others of this process. */
  static async create(index: number, folder: string): Promise<Place> {
    return new Place(await startDnsServer(), index, folder)
  }

  private constructor(dns: DnsServer, index: number, folder: string) {
    this.dns = dns
    this.#folder = folder
    this.#block = `127.${220 + index}.${process.pid % 256}`
  }

  address(pod: number): string {
    return `${this.#block}.${pod + 10}`
  }

  /** DNS lists so many pods, cache-0 first. */
  list(pods: number): void {
    const all = Array.from({ length: pods }, (_, pod) => pod)
    this.dns.setService({
      name: SERVICE,
      pods: all.map((pod) => ({ hostname: `cache-${pod}`, addresses: [this.address(pod)] })),
    })
  }

  /** DNS gives the one address of a Service that is not headless; whoever dials it comes to itself. */
  listVirtual(): void {
    const host = this.address(VIRTUAL)
    this.dns.setRecords(SERVICE, [{ type: 'A', address: host }])
    const relay = createServer((client) => {
      const back = connect(MEMBER_PORT, client.remoteAddress)
      client.pipe(back).pipe(client)
      client.on('error', () => back.destroy()).on('close', () => back.destroy())
      back.on('error', () => client.destroy()).on('close', () => client.destroy())
    })
    this.#others.push(relay.listen(MEMBER_PORT, host))
  }

  /** Packets to a pod are dropped. */
  async drop(pod: number): Promise<void> {
    const listen = { host: this.address(pod), port: MEMBER_PORT }
    const proxy = await createProxy({ listen, upstream: { host: '127.0.0.1', port: 1 } })
    this.#others.push(proxy)
    await proxy.cut()
  }

  /** A proxy in front of a pod takes connections and resets them: nobody is behind it. */
  reset(pod: number): void {
    const sidecar = createServer((client) => client.once('data', () => client.resetAndDestroy()))
    this.#others.push(sidecar.listen(MEMBER_PORT, this.address(pod)))
  }

  /** A member in the namespace `prod`, as a pod of the manifest. */
  async start(pod: number, options: Partial<JoinOptions> & PlaceOptions = {}): Promise<Cluster> {
    const { service = 'cache', search = true, ...rest } = options
    const resolvConfPath = joinPath(this.#folder, search ? 'pod.conf' : 'node.conf')
    writeFileSync(
      resolvConfPath,
      search ? 'search prod.svc.cluster.local svc.cluster.local cluster.local\n' : '',
    )
    const dns: HeadlessServiceOptions = { servers: [this.dns.server], resolvConfPath }
    const cluster = await join({
      seeds: headlessService(service, dns),
      security: 'none',
      name: `cache-${pod}`,
      host: this.address(pod),
      ...rest,
    })
    this.#clusters.push(cluster)
    return cluster
  }

  /** A text with the addresses that pods have in the document. */
  inCluster(text: string): string {
    return text
      .replaceAll(this.address(VIRTUAL), '10.96.20.30')
      .replaceAll(this.dns.server, '10.96.0.10')
      .replaceAll(`${this.#block}.`, '10.244.0.')
  }

  async close(): Promise<void> {
    await Promise.all(this.#clusters.map((cluster) => cluster.leave({ timeoutMs: 100 })))
    await Promise.all(this.#others.map((other) => other.close()))
    await this.dns.close()
  }
}

interface PlaceOptions {
  /** The name that DNS is asked for. */
  readonly service?: string
  /** Whether resolv.conf is that of a pod. */
  readonly search?: boolean
}
