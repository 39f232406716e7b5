// Where members run: what gives each one an address of its own, and a name server that all of them reach.
import { BenchProcess } from './bench-process.ts'

/** The Service that all measured members look up. */
export const SERVICE = 'bench.rollcall.svc.cluster.local'
/** The library's default port: every member has an address of its own. */
export const PORT = 7946

/** A spot for one member. */
export interface Place {
  /** Address to listen on, and to dial from. */
  readonly host: string
  /** Address that others dial and that DNS lists. */
  readonly advertised: string
  /** What runs `node` there; empty when nothing special does. */
  readonly prefix: readonly string[]
}

/** A network for members. */
export interface Site {
  /** Whether all its addresses are loopback addresses. */
  readonly loopback: boolean
  readonly dns: SiteDns
  /** A new place, with an address that this site has not used before. */
  place(): Promise<Place>
  /** Removes everything. The members must be gone. */
  close(): Promise<void>
}

/** The name server of a site. */
export class SiteDns {
  readonly #process: BenchProcess
  /** As `headlessService` takes it. */
  readonly server: string

  private constructor(process: BenchProcess, server: string) {
    this.#process = process
    this.server = server
  }

  /** Starts it on this address. */
  static async start(address: string, prefix: readonly string[] = []): Promise<SiteDns> {
    const process = new BenchProcess('dns.mjs', [SERVICE, address], prefix)
    return new SiteDns(process, (await process.ready).server ?? '')
  }

  /** Sets the records of the Service; none at all means that its name does not exist. */
  async publish(addresses: readonly string[]): Promise<void> {
    await this.#process.request('publish', { addresses })
  }

  close(): Promise<void> {
    return this.#process.kill()
  }
}
