// Members in network namespaces of their own, joined by a bridge in a further one: here an address can vanish with
// its owner, and a member can be cut off below TCP. Needs Linux, root and iproute2.
import { spawnSync } from 'node:child_process'
import { type Place, type Site, SiteDns } from './site.ts'

const PREFIX = 'rollcall-bench'
const HUB_ADDRESS = '10.77.0.1'

interface Port {
  readonly namespace: string
  readonly device: string
  readonly mac: string
}

let sites = 0

/** Why this machine cannot have namespaces, in words; undefined if it can. */
export function whyNoNamespaces(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces need Linux'
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  const probe = `${PREFIX}-${process.pid}-probe`
  try {
    ip(`netns add ${probe}`)
    ip(`-n ${probe} link add br0 type bridge`)
    run('bridge', ['-n', probe, 'link'])
    return undefined
  } catch (error) {
    return `network namespaces cannot be made: ${(error as Error).message}`
  } finally {
    spawnSync('ip', ['netns', 'del', probe])
  }
}

/** Each member in a namespace, with one address in 10.77.0.0/16 that exists only there. */
export class NamespaceSite implements Site {
  readonly loopback = false
  readonly dns: SiteDns
  readonly #hub: string
  readonly #ports: Map<Place, Port>
  readonly #removeAll: () => void

  private constructor(dns: SiteDns, hub: string, ports: Map<Place, Port>, removeAll: () => void) {
    this.dns = dns
    this.#hub = hub
    this.#ports = ports
    this.#removeAll = removeAll
  }

  static async open(): Promise<NamespaceSite> {
    removeLeftovers()
    sites += 1
    const hub = `${PREFIX}-${process.pid}-${sites}`
    const ports = new Map<Place, Port>()
    const removeAll = () => {
      for (const name of [hub, ...[...ports.values()].map(({ namespace }) => namespace)]) {
        spawnSync('ip', ['netns', 'del', name])
      }
    }
    process.once('exit', removeAll)
    ip(`netns add ${hub}`)
    // Without an address of its own the bridge would take on that of a port, and change it with every new port.
    ip(`-n ${hub} link add br0 address 02:00:00:00:00:01 type bridge`)
    ip(`-n ${hub} addr add ${HUB_ADDRESS}/16 dev br0`)
    ip(`-n ${hub} link set lo up`)
    ip(`-n ${hub} link set br0 up`)
    const dns = await SiteDns.start(HUB_ADDRESS, ['ip', 'netns', 'exec', hub])
    return new NamespaceSite(dns, hub, ports, removeAll)
  }

  async place(): Promise<Place> {
    const number = this.#ports.size + 2
    const [high, low] = [number >> 8, number & 255]
    const hex = (byte: number) => byte.toString(16).padStart(2, '0')
    const namespace = `${this.#hub}-${number}`
    const port = { namespace, device: `port${number}`, mac: `02:00:00:00:${hex(high)}:${hex(low)}` }
    const host = `10.77.${high}.${low}`
    const place = { host, advertised: host, prefix: ['ip', 'netns', 'exec', namespace] }
    this.#ports.set(place, port)
    ip(`netns add ${namespace}`)
    ip(
      `-n ${this.#hub} link add ${port.device} type veth peer name eth0 address ${port.mac} netns ${namespace}`,
    )
    ip(`-n ${this.#hub} link set ${port.device} master br0 up`)
    ip(`-n ${namespace} addr add ${host}/16 dev eth0`)
    ip(`-n ${namespace} link set lo up`)
    ip(`-n ${namespace} link set eth0 up`)
    this.#bridge(`link set dev ${port.device} flood off learning off`)
    this.#forward(port, 'replace')
    return place
  }

  /** From now on nothing reaches this address any more; what its owner sends still goes out. */
  vanish(place: Place): void {
    this.#forward(this.#port(place), 'del')
  }

  /** Ends `vanish`. */
  reappear(place: Place): void {
    this.#forward(this.#port(place), 'replace')
  }

  /** Drops everything from and to this member; its own network looks fine to it. */
  cut(place: Place): void {
    this.#bridge(`link set dev ${this.#port(place).device} state 0`)
  }

  /** Ends `cut`. */
  heal(place: Place): void {
    this.#bridge(`link set dev ${this.#port(place).device} state 3`)
  }

  async close(): Promise<void> {
    await this.dns.close()
    process.removeListener('exit', this.#removeAll)
    this.#removeAll()
  }

  #port(place: Place): Port {
    const port = this.#ports.get(place)
    if (port === undefined) throw new Error(`no place with address ${place.host}`)
    return port
  }

  /** The bridge forwards by a fixed table, and floods nothing that it does not know. */
  #forward({ device, mac }: Port, what: 'replace' | 'del'): void {
    this.#bridge(`fdb ${what} ${mac} dev ${device} master static`)
  }

  #bridge(command: string): void {
    run('bridge', ['-n', this.#hub, ...command.split(' ')])
  }
}

/** Removes what a run that was killed has left behind. */
function removeLeftovers(): void {
  for (const line of ip('netns list').split('\n')) {
    const [, name, pid] = line.match(new RegExp(`^(${PREFIX}-(\\d+)\\S*)`)) ?? []
    if (name !== undefined && !isRunning(Number(pid))) spawnSync('ip', ['netns', 'del', name])
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function ip(command: string): string {
  return run('ip', command.split(' '))
}

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`)
  return stdout
}
