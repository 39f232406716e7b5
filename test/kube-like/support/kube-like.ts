// A cluster on this machine: a network, a name server, and the StatefulSets that are applied to it.
import { RandomStream } from '@rollcall/testkit'
import { type Bind, startBind } from '../../../packages/seed/test/support/bind.ts'
import { ClusterNetwork, type IpFamily } from './network/cluster-network.ts'
import { Dialer } from './network/dialer.ts'
import { endsWithUs, newRunName, removeLeftovers, removeNamespaces } from './network/network-namespace.ts'
import { serviceName, ZONE } from './service/names.ts'
import { serviceRecords } from './service/records.ts'
import type { StatefulSetSpec } from './spec.ts'
import { StatefulSet } from './stateful-set/stateful-set.ts'
import { likeKubernetes, type Timings } from './timings.ts'

export interface KubeLikeOptions {
  /** Addresses that pods get; the first is the primary one. Default IPv4 alone. */
  readonly ipFamilies?: readonly IpFamily[]
  /** What is drawn, such as delays, is drawn from it. Default 1. */
  readonly seed?: number
  /** Default: those of a real cluster. */
  readonly timings?: Partial<Timings>
}

/** Name of a port of the bridge. */
const CLIENT = 'client'

interface Parts {
  readonly network: ClusterNetwork
  readonly dns: Bind
  readonly nodeDialer: Dialer
  readonly client: Dialer
}

/** Starts an empty cluster. Needs what `whyNoKubeLike` looks for. */
export async function startKubeLike(options: KubeLikeOptions = {}): Promise<KubeLike> {
  removeLeftovers()
  const runName = newRunName()
  const removeAll = () => removeNamespaces(runName)
  process.once('exit', removeAll)
  try {
    const network = await ClusterNetwork.create(runName, options.ipFamilies ?? ['IPv4'])
    const enter = [...endsWithUs, ...network.node.enter]
    const dns = await startBind(ZONE, [], { address: network.nodeAddress, port: 53, enter })
    const nodeDialer = await Dialer.start(network.node)
    const client = await Dialer.start((await network.attach(CLIENT)).namespace)
    return new KubeLike({ network, dns, nodeDialer, client }, options, removeAll)
  } catch (error) {
    removeAll()
    throw error
  }
}

export class KubeLike implements AsyncDisposable {
  /** Connects as a client inside the cluster, with an address of its own. */
  readonly client: Dialer
  readonly #parts: Parts
  readonly #timings: Timings
  readonly #random: RandomStream
  readonly #removeAll: () => void
  readonly #sets: StatefulSet[] = []
  /** By name of the headless Service. */
  readonly #records = new Map<string, readonly string[]>()

  constructor(parts: Parts, { seed = 1, timings }: KubeLikeOptions, removeAll: () => void) {
    this.client = parts.client
    this.#parts = parts
    this.#timings = { ...likeKubernetes, ...timings }
    this.#random = new RandomStream(seed)
    this.#removeAll = removeAll
  }

  /** As `kubectl apply` of a StatefulSet with its headless Service, and a Service for its clients. */
  apply(spec: StatefulSetSpec): StatefulSet {
    const { network, dns, nodeDialer } = this.#parts
    const around = { network, nodeDialer, timings: this.#timings, random: this.#random }
    const set = new StatefulSet(spec, around, (endpoints) => {
      this.#records.set(serviceName(spec), serviceRecords(spec, endpoints))
      dns.replace([...this.#records.values()].flat())
    })
    this.#sets.push(set)
    return set
  }

  /**
   * Nothing passes between these pods and those any more, by name; `oneWay`: from these to those. Answers to what was sent
   * the other way are lost then, too. It holds for pods that get these names later. DNS and probes are not cut.
   */
  async cut(some: readonly string[], others: readonly string[], { oneWay = false } = {}): Promise<void> {
    await this.#parts.network.cut(some, others)
    if (!oneWay) await this.#parts.network.cut(others, some)
  }

  /** Ends all cuts. */
  async heal(): Promise<void> {
    await this.#parts.network.heal()
  }

  /** Ends everything, without asking the pods. */
  async close(): Promise<void> {
    await Promise.all(this.#sets.map((set) => set.close()))
    this.client.close()
    this.#parts.nodeDialer.close()
    await this.#parts.dns[Symbol.asyncDispose]()
    process.removeListener('exit', this.#removeAll)
    this.#removeAll()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
