// Members on loopback addresses: the plain one, and one with a proxy in front of each member.
import { createProxy, type FaultProxy } from '@rollcall/testkit'
import { type Place, PORT, type Site, SiteDns } from './site.ts'

/** Two runs of the bench on one machine must not meet: each takes a block of 127.0.0.0/8 by its process id. */
const block = 64 + (process.pid % 128)
let used = 1

/** A loopback address nobody had before in this run. */
function freshAddress(): string {
  used += 1
  return `127.${block}.${used >> 8}.${used & 255}`
}

/** Each member on a loopback address of its own. */
export class LoopbackSite implements Site {
  readonly loopback = true
  readonly dns: SiteDns

  private constructor(dns: SiteDns) {
    this.dns = dns
  }

  static async open(): Promise<LoopbackSite> {
    return new LoopbackSite(await SiteDns.start(freshAddress()))
  }

  async place(): Promise<Place> {
    const host = freshAddress()
    return { host, advertised: host, prefix: [] }
  }

  close(): Promise<void> {
    return this.dns.close()
  }
}

/** As `LoopbackSite`; others reach a member only through a proxy that stands at its advertised address. */
export class ProxiedSite implements Site {
  readonly loopback = true
  readonly dns: SiteDns
  readonly #proxies = new Map<Place, FaultProxy>()

  private constructor(dns: SiteDns) {
    this.dns = dns
  }

  static async open(): Promise<ProxiedSite> {
    return new ProxiedSite(await SiteDns.start(freshAddress()))
  }

  async place(): Promise<Place> {
    const place = { host: freshAddress(), advertised: freshAddress(), prefix: [] }
    const listen = { host: place.advertised, port: PORT }
    const upstream = { host: place.host, port: PORT }
    this.#proxies.set(place, await createProxy({ listen, upstream, connectFrom: place.advertised }))
    return place
  }

  /** Breaks every link of one member at once, those it dialed and those it accepted. */
  resetLinks(place: Place): void {
    for (const [owner, proxy] of this.#proxies) {
      proxy.resetAll(owner === place ? {} : { from: place.host })
    }
  }

  /** Nothing passes between one member and the others, in either direction. */
  async cut(place: Place): Promise<void> {
    await this.#each((owner, proxy) => proxy.cut(owner === place ? {} : { from: place.host }))
  }

  /** Ends the cut. */
  async heal(place: Place): Promise<void> {
    await this.#each((owner, proxy) => proxy.rejoin(owner === place ? {} : { from: place.host }))
  }

  async close(): Promise<void> {
    await this.#each((_, proxy) => proxy.close())
    await this.dns.close()
  }

  async #each(act: (owner: Place, proxy: FaultProxy) => Promise<void>): Promise<void> {
    await Promise.all([...this.#proxies].map(([owner, proxy]) => act(owner, proxy)))
  }
}
