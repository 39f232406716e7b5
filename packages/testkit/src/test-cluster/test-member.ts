// One member of a test cluster: a name with a host, and the life that runs there at present.
import type { Cluster } from '@rollcall/membership'
import { joinOn } from '@rollcall/membership/internal'
import { EventLoop } from '../sim/event-loop.ts'
import type { SimHeadlessService } from '../sim/headless-service.ts'
import type { Host, Network } from '../sim/network.ts'
import type { RandomStream } from '../sim/random.ts'
import { checkTestJoinOptions, type TestJoinOptions } from './options.ts'
import { serviceSeeds } from './service-seeds.ts'
import { simPlatform } from './sim-platform.ts'

const PORT = 7946

/** What the members of one cluster share. */
export interface TestWorld {
  readonly network: Network
  readonly service: SimHeadlessService
}

/** A name, and what runs under it. */
export class TestMember<M> {
  readonly name: string
  readonly host: Host
  readonly #world: TestWorld
  readonly #random: RandomStream
  #lives = 0
  #loop: EventLoop
  #cluster: Cluster<M> | undefined
  #hasClosed = false

  constructor(world: TestWorld, name: string, host: Host, random: RandomStream) {
    this.name = name
    this.host = host
    this.#world = world
    this.#random = random
    this.#loop = new EventLoop(world.network.clock)
  }

  /** The present life, or the last one. */
  get cluster(): Cluster<M> | undefined {
    return this.#cluster
  }

  /** `closed`: it has left or was superseded. */
  get state(): 'running' | 'frozen' | 'killed' | 'closed' {
    if (this.#hasClosed) return 'closed'
    return this.#loop.state === 'dead' ? 'killed' : this.#loop.state
  }

  /** Whether its process exists, a frozen one included. */
  get isLive(): boolean {
    return this.state === 'running' || this.state === 'frozen'
  }

  /** Starts a life. Rejects as `join` does. */
  async start(options: TestJoinOptions<M>): Promise<Cluster<M>> {
    checkTestJoinOptions(options)
    const { network, service } = this.#world
    const random = this.#random.stream(`life ${this.#lives++}`)
    const loop = new EventLoop(network.clock)
    this.#loop = loop
    this.#hasClosed = false
    service.publish(this.host.ip)
    try {
      const cluster = await joinOn<M>(simPlatform(network, this.host, loop, random), {
        ...options,
        ...{ name: this.name, clusterId: 'test', host: this.host.ip, port: PORT, security: 'none' },
        seeds: serviceSeeds(service, loop, random.stream('polls')),
      })
      cluster.closed.then(() => this.#ended(loop))
      this.#cluster = cluster
      return cluster
    } catch (error) {
      this.kill()
      throw error
    }
  }

  /** Ends the process at once; its kernel closes what it had open, and refuses dials. */
  kill(): void {
    const loop = this.#loop
    if (loop.state === 'dead') return
    loop.die()
    this.host.listeners.clear()
    for (const socket of [...this.host.sockets]) socket.destroy()
    this.#world.service.remove(this.host.ip)
  }

  freeze(): void {
    this.#loop.freeze()
  }

  thaw(): void {
    this.#loop.thaw()
  }

  resetLinks(): void {
    this.#world.network.resetLinks(this.host, this.#loop)
  }

  #ended(loop: EventLoop): void {
    loop.die()
    if (loop !== this.#loop) return
    this.#hasClosed = true
    this.#world.service.remove(this.host.ip)
  }
}
