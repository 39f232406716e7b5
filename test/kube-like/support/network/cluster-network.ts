// The network of the cluster: a bridge in a namespace of its own, the "node", and everybody else at a port of it, in a
// namespace with one address. Nothing of it touches the host's network.
import { run } from './command.ts'
import { NetworkNamespace } from './network-namespace.ts'

// Who asks for a neighbour gets an answer through a cut, too: between nodes a pod's neighbour is its node.
const RULES = `table bridge cluster {
  set cut {
    typeof iifname . oifname
  }
  chain forward {
    type filter hook forward priority 0; policy accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
    ether type { ip, ip6 } iifname . oifname @cut drop
  }
}
`

export type IpFamily = 'IPv4' | 'IPv6'

const subnets = {
  IPv4: { address: (number: number) => `10.244.${number >> 8}.${number & 255}`, prefix: '/16' },
  // Each address is new, so nobody has to be asked whether it is in use.
  IPv6: { address: (number: number) => `fd00:10:244::${number.toString(16)}`, prefix: '/64 nodad' },
}
const NODE_NUMBER = 1

/** One end of a cable to the bridge. */
export interface Attachment {
  /** The first one is the primary one. */
  readonly addresses: readonly string[]
  readonly namespace: NetworkNamespace
  /** Takes the address away, with whatever still uses it. */
  remove(): Promise<void>
}

export class ClusterNetwork {
  /** Where the name server is. */
  readonly nodeAddress: string
  readonly node: NetworkNamespace
  readonly #runName: string
  readonly #families: readonly IpFamily[]
  #lastNumber = NODE_NUMBER

  private constructor(runName: string, families: readonly IpFamily[], node: NetworkNamespace) {
    this.#runName = runName
    this.#families = families
    this.node = node
    this.nodeAddress = this.#addresses(NODE_NUMBER)[0] as string
  }

  /** @param families the first one is the primary one; at least one */
  static async create(runName: string, families: readonly IpFamily[]): Promise<ClusterNetwork> {
    const node = await NetworkNamespace.create(`${runName}-node`)
    const network = new ClusterNetwork(runName, families, node)
    await node.ip(
      // Without a hardware address of its own the bridge would take one of a port, and change it with the ports.
      'link add br0 address 02:00:00:00:00:01 type bridge',
      ...network.#addCommands(NODE_NUMBER, 'br0'),
      'link set br0 up',
    )
    await network.#nft(RULES)
    return network
  }

  /** Gives a port of this name, which must be free, an address that nobody has had before, of each family. */
  async attach(port: string): Promise<Attachment> {
    const number = ++this.#lastNumber
    const namespace = await NetworkNamespace.create(`${this.#runName}-${port}-${number}`)
    await this.node.ip(
      `link add ${port} type veth peer name eth0 netns ${namespace.name}`,
      `link set ${port} master br0 up`,
    )
    await namespace.ip(
      ...this.#addCommands(number, 'eth0'),
      'link set eth0 up',
      ...this.#addresses(NODE_NUMBER).map((node) => `route add default via ${node}`),
    )
    const remove = async () => {
      await this.node.ip(`link delete ${port}`)
      await namespace.remove()
    }
    return { addresses: this.#addresses(number), namespace, remove }
  }

  /** Nothing passes from these ports to those any more. Also holds for who is attached to them later. */
  async cut(from: readonly string[], to: readonly string[]): Promise<void> {
    const pairs = from.flatMap((one) => to.map((other) => `"${one}" . "${other}"`))
    if (pairs.length > 0) await this.#nft(`add element bridge cluster cut { ${pairs.join(', ')} }\n`)
  }

  /** Ends all cuts. */
  async heal(): Promise<void> {
    await this.#nft('flush set bridge cluster cut\n')
  }

  #addresses(number: number): string[] {
    return this.#families.map((family) => subnets[family].address(number))
  }

  #addCommands(number: number, device: string): string[] {
    return this.#families.map((family) => {
      const { address, prefix } = subnets[family]
      return `address add ${address(number)}${prefix} dev ${device}`
    })
  }

  async #nft(commands: string): Promise<void> {
    await run([...this.node.enter, 'nft', '-f', '-'], commands)
  }
}
