// A network where all pods share 127.0.0.1, as on macOS without set-up: they differ by port, which SRV records carry.
// There is one proxy for each ordered pair of pods, and each pod's dials are led to its own proxies (route-dials.ts).
// To cut a pod off, all proxies from it and to it are cut.
import { createProxy, type FaultProxy } from '@rollcall/testkit'
import type { Network, Place, PodLine } from './network.ts'
import { freePort } from './ports.ts'

const HOST = '127.0.0.1'
const PORT_NAME = 'peer'

interface Pod {
  readonly port: number
  readonly line: PodLine
  cut: boolean
}

interface Path {
  readonly from: Pod
  readonly to: Pod
  readonly proxy: FaultProxy
}

/** A network of ports. */
export function openPortNetwork(): Network {
  return new PortNetwork()
}

class PortNetwork implements Network {
  readonly description = `${HOST}, a port each`
  readonly #pods = new Set<Pod>()
  readonly #paths = new Set<Path>()

  async attach(line: PodLine): Promise<Place> {
    const pod: Pod = { port: await freePort(HOST), line, cut: false }
    const others = [...this.#pods]
    this.#pods.add(pod)
    await Promise.all(others.flatMap((other) => [this.#lead(pod, other), this.#lead(other, pod)]))
    for (const other of others) other.line.routesChanged(this.#routes(other))
    return {
      config: {
        host: HOST,
        port: pod.port,
        advertise: `${HOST}:${pod.port}`,
        portName: PORT_NAME,
        routes: this.#routes(pod),
      },
      records: { addresses: [HOST], ports: [{ name: PORT_NAME, port: pod.port }] },
      cut: () => this.#setCut(pod, true),
      rejoin: () => this.#setCut(pod, false),
      close: () => this.#detach(pod),
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#paths].map(({ proxy }) => proxy.close()))
  }

  async #lead(from: Pod, to: Pod): Promise<void> {
    const proxy = await createProxy({
      listen: { host: HOST, port: 0 },
      upstream: { host: HOST, port: to.port },
    })
    this.#paths.add({ from, to, proxy })
    if (from.cut || to.cut) await proxy.cut()
  }

  async #setCut(pod: Pod, cut: boolean): Promise<void> {
    pod.cut = cut
    const steered = this.#pathsOf(pod).map(({ from, to, proxy }) =>
      from.cut || to.cut ? proxy.cut() : proxy.rejoin(),
    )
    await Promise.all(steered)
  }

  async #detach(pod: Pod): Promise<void> {
    this.#pods.delete(pod)
    const paths = this.#pathsOf(pod)
    for (const path of paths) this.#paths.delete(path)
    await Promise.all(paths.map(({ proxy }) => proxy.close()))
  }

  #pathsOf(pod: Pod): Path[] {
    return [...this.#paths].filter(({ from, to }) => from === pod || to === pod)
  }

  #routes(pod: Pod): Record<number, number> {
    const leaving = [...this.#paths].filter(({ from }) => from === pod)
    return Object.fromEntries(leaving.map(({ to, proxy }) => [to.port, proxy.address.port]))
  }
}
