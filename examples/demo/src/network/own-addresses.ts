// A network where each pod has a loopback address of its own, as Linux allows without set-up. The pod listens on a
// hidden port of its address, the proxy on the announced port of the same address; and since a pod dials from its own
// address, every proxy knows who is calling. To cut a pod off, its own proxy lets nobody in and all others not it.
import { createProxy, type FaultProxy } from '@rollcall/testkit'
import type { Network, Place } from './network.ts'
import { canListen } from './ports.ts'

const PORT = 7946
const HIDDEN_PORT = 17_946
const ATTEMPTS = 50

/** Whether this system lets us listen on loopback addresses other than 127.0.0.1. */
export function hasManyLoopbackAddresses(): Promise<boolean> {
  return canListen('127.0.0.2', 0)
}

/** Takes a block of addresses that nobody else on this machine uses at these ports. */
export async function openAddressNetwork(): Promise<Network> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const block = `127.0.${1 + Math.floor(Math.random() * 254)}`
    // Another program may listen on a port at every address.
    const shift = Math.floor(attempt / 5)
    const ports = { open: PORT + shift, hidden: HIDDEN_PORT + shift }
    const free = (await canListen(`${block}.1`, ports.open)) && (await canListen(`${block}.1`, ports.hidden))
    if (free) return new AddressNetwork(block, ports)
  }
  throw new Error(`no free loopback addresses found for ports from ${PORT} on, in ${ATTEMPTS} attempts`)
}

class AddressNetwork implements Network {
  readonly description: string
  readonly #block: string
  readonly #ports: { readonly open: number; readonly hidden: number }
  readonly #proxies = new Map<string, FaultProxy>()
  readonly #cut = new Set<string>()
  #lastHost = 0

  constructor(block: string, ports: { readonly open: number; readonly hidden: number }) {
    this.#block = block
    this.#ports = ports
    this.description = `addresses ${block}.x`
  }

  async attach(): Promise<Place> {
    this.#lastHost++
    if (this.#lastHost > 254) throw new Error('this network has no more addresses: start the demo again')
    const host = `${this.#block}.${this.#lastHost}`
    const { open, hidden } = this.#ports
    const proxy = await createProxy({ listen: { host, port: open }, upstream: { host, port: hidden } })
    this.#proxies.set(host, proxy)
    await Promise.all([...this.#cut].map((from) => proxy.cut({ from })))
    return {
      config: { host, port: hidden, advertise: `${host}:${open}`, peerPort: open },
      records: { addresses: [host] },
      cut: () => this.#cutOff(host, proxy),
      rejoin: () => this.#rejoin(host, proxy),
      close: () => this.#detach(host, proxy),
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.close()))
  }

  async #cutOff(host: string, proxy: FaultProxy): Promise<void> {
    this.#cut.add(host)
    await Promise.all([proxy.cut(), ...this.#others(host).map((other) => other.cut({ from: host }))])
  }

  async #rejoin(host: string, proxy: FaultProxy): Promise<void> {
    this.#cut.delete(host)
    await Promise.all([
      proxy.rejoin(),
      // That also ended the cuts of single callers.
      ...[...this.#cut].map((from) => proxy.cut({ from })),
      ...this.#others(host).map((other) => other.rejoin({ from: host })),
    ])
  }

  async #detach(host: string, proxy: FaultProxy): Promise<void> {
    this.#proxies.delete(host)
    if (this.#cut.has(host)) await this.#rejoin(host, proxy)
    await proxy.close()
  }

  #others(host: string): FaultProxy[] {
    return [...this.#proxies].filter(([other]) => other !== host).map(([, proxy]) => proxy)
  }
}
