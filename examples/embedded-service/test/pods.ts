// Pods of the example as processes: each life of a pod has an address of its own, and DNS lists them as a cluster's does
// for a headless Service.
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type Child, type ChildExit, type DnsServer, spawnChild, startDnsServer } from '@rollcall/testkit'

const program = join(import.meta.dirname, '../src/main.ts')
const SERVICE = 'store.test.svc.cluster.local'
const HTTP_PORT = 8080
const DEADLINE_MS = 30_000
/** Tests that run at the same time are processes of their own. */
const block = `127.${100 + ((process.pid >> 8) % 100)}.${process.pid % 256}`

/** Whether this system lets us listen on loopback addresses other than 127.0.0.1. */
export function hasManyAddresses(): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false))
    server.listen(0, '127.0.0.2', () => server.close(() => resolve(true)))
  })
}

export class Pod {
  readonly url: string
  readonly name: string
  readonly address: string
  readonly process: Child

  constructor(name: string, address: string, process: Child) {
    this.name = name
    this.address = address
    this.process = process
    this.url = `http://${address}:${HTTP_PORT}`
  }

  /** Resolves once it says that it may be sent requests. */
  async ready(): Promise<void> {
    const until = Date.now() + DEADLINE_MS
    for (;;) {
      const response = await fetch(`${this.url}/readyz`)
      const text = await response.text()
      if (response.ok) return
      if (Date.now() > until) throw new Error(`${this.name} is still not ready: ${text}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

export class Pods {
  /** Those that run. */
  readonly running: Pod[] = []
  /** Those of them that have been ready: Kubernetes sends them requests. */
  readonly serving: Pod[] = []
  readonly #dns: DnsServer
  readonly #size: number
  #lives = 0

  private constructor(dns: DnsServer, size: number) {
    this.#dns = dns
    this.#size = size
  }

  /** A Service without pods; so many are expected. */
  static async create(size: number): Promise<Pods> {
    return new Pods(await startDnsServer(), size)
  }

  /** Starts a pod; resolves when it is ready. */
  async start(name: string): Promise<void> {
    const address = `${block}.${++this.#lives}`
    this.#publish([address])
    const process = await spawnChild({
      args: ['--import', 'tsx', '--conditions=@rollcall/source', program],
      env: {
        POD_NAME: name,
        HOST: address,
        HTTP_PORT: String(HTTP_PORT),
        SERVICE: `${SERVICE}.`,
        DNS_SERVERS: this.#dns.server,
        EXPECTED_SIZE: String(this.#size),
        DRAIN_MS: '200',
      },
      readyLine: 'listens',
      readyTimeoutMs: DEADLINE_MS,
    })
    const pod = new Pod(name, address, process)
    this.running.push(pod)
    await pod.ready()
    this.serving.push(pod)
  }

  /** Ends a pod; resolves with what it printed, and how it ended. */
  async end(name: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<ChildExit & { lines: readonly string[] }> {
    const pod = this.running.find((other) => other.name === name)
    if (pod === undefined) throw new Error(`${name} does not run`)
    pod.process.signal(signal)
    const exit = await pod.process.exited
    for (const list of [this.running, this.serving]) list.splice(list.indexOf(pod), 1)
    this.#publish()
    return { ...exit, lines: pod.process.lines }
  }

  async close(): Promise<void> {
    await Promise.all(this.running.map((pod) => pod.process.kill()))
    await this.#dns.close()
  }

  #publish(further: string[] = []): void {
    const addresses = [...this.running.map(({ address }) => address), ...further]
    this.#dns.setService({ name: SERVICE, pods: addresses.map((address) => ({ addresses: [address] })) })
  }
}
