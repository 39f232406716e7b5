// The network of the cluster: a bridge in a namespace of its own, the "node", and everybody else at a port of it, in a
// namespace with one address. Nothing of it touches the host's network.
import { run } from './command.ts'
import { NetworkNamespace } from './network-namespace.ts'

// ARP passes a cut: between nodes a pod's neighbour is its node, which no partition takes away.
const RULES = `table bridge cluster {
  set cut {
    typeof iifname . oifname
  }
  chain forward {
    type filter hook forward priority 0; policy accept
    ether type ip iifname . oifname @cut drop
  }
}
`

/** One end of a cable to the bridge. */
export interface Attachment {
  readonly address: string
  readonly namespace: NetworkNamespace
  /** Takes the address away, with whatever still uses it. */
  remove(): Promise<void>
}

export class ClusterNetwork {
  readonly nodeAddress = '10.244.0.1'
  readonly node: NetworkNamespace
  readonly #runName: string
  #addresses = 1

  private constructor(runName: string, node: NetworkNamespace) {
    this.#runName = runName
    this.node = node
  }

  static async create(runName: string): Promise<ClusterNetwork> {
    const network = new ClusterNetwork(runName, await NetworkNamespace.create(`${runName}-node`))
    await network.node.ip(
      // Without a hardware address of its own the bridge would take one of a port, and change it with the ports.
      'link add br0 address 02:00:00:00:00:01 type bridge',
      `address add ${network.nodeAddress}/16 dev br0`,
      'link set br0 up',
    )
    await network.#nft(RULES)
    return network
  }

  /** Gives a port of this name, which must be free, an address that nobody has had before. */
  async attach(port: string): Promise<Attachment> {
    const number = ++this.#addresses
    const address = `10.244.${number >> 8}.${number & 255}`
    const namespace = await NetworkNamespace.create(`${this.#runName}-${port}-${number}`)
    await this.node.ip(
      `link add ${port} type veth peer name eth0 netns ${namespace.name}`,
      `link set ${port} master br0 up`,
    )
    await namespace.ip(
      `address add ${address}/16 dev eth0`,
      'link set eth0 up',
      `route add default via ${this.nodeAddress}`,
    )
    const remove = async () => {
      await this.node.ip(`link delete ${port}`)
      await namespace.remove()
    }
    return { address, namespace, remove }
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

  async #nft(commands: string): Promise<void> {
    await run([...this.node.enter, 'nft', '-f', '-'], commands)
  }
}
