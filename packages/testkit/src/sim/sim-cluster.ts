// A whole cluster in virtual time, all drawn from one seed: its network, its Service, its members and who watches them.
import {
  type CoreEvent,
  type CoreOptions,
  type CoreView,
  defaultProtocol,
  type ProtocolOptions,
} from '@rollcall/membership/internal'
import { type Bounds, boundsFor } from './bounds.ts'
import type { Check } from './check.ts'
import { rememberLast, type SimCodec } from './codec.ts'
import { SimHeadlessService } from './headless-service.ts'
import { Chatter } from './messages/chatter.ts'
import { Network } from './network.ts'
import { RandomStream } from './random.ts'
import { SimMember } from './sim-member.ts'
import { SimProcess } from './sim-process.ts'
import type { SimulationOptions, StartOptions } from './simulation-options.ts'
import { Transcript } from './transcript.ts'
import { VirtualClock } from './virtual-clock.ts'

/** The wall clock at virtual time 0. */
const EPOCH_MS = 1_760_000_000_000
export const PORT = 7946
/** The cluster under test. */
const OWN_CLUSTER = 'simulated'
const SECOND_MS = 1000

/** A cluster that nothing happens to but the passing of time. */
export class SimCluster {
  readonly clock = new VirtualClock()
  readonly random: RandomStream
  readonly protocol: ProtocolOptions
  readonly network: Network
  /** The Service of the cluster under test. */
  readonly service: SimHeadlessService
  readonly transcript = new Transcript()
  /** What the protocol promises for as many names as there have been so far. */
  get bounds(): Bounds {
    return boundsFor(this.#members.size, this.protocol, this.network.options)
  }
  /** The size every member is given at its start. */
  get expectedSize(): number | undefined {
    return this.#options.expectedSize
  }
  /** Every life there ever was, in order of its start. */
  readonly lives: SimMember[] = []
  /** The largest metadata that any member has had so far, in bytes. */
  largestMetadata = 0
  readonly #options: SimulationOptions
  readonly #codec: SimCodec
  readonly #members = new Map<string, SimMember>()
  #checks: readonly Check[] = []
  readonly #services = new Map<string, SimHeadlessService>()
  #nextHost = 1

  constructor(options: SimulationOptions) {
    this.#options = options
    this.#codec = rememberLast(options.codec)
    this.random = new RandomStream(options.seed)
    this.protocol = { ...defaultProtocol, ...options.protocol }
    this.network = new Network(this.clock, this.random.stream('network'), options.network)
    this.service = this.serviceOf(OWN_CLUSTER)
    this.#everySecond()
  }

  /** Has everything watched from now on. */
  protected watchWith(checks: readonly Check[]): void {
    this.#checks = checks
  }

  /** Starts a process. */
  addMember(name: string, options: StartOptions = {}): SimMember {
    const { label = name, cluster = OWN_CLUSTER } = options
    if (this.#members.get(label)?.isLive) throw new Error(`${label} is running already`)
    const ip = options.ip ?? this.newIp()
    if (this.isTaken(ip)) throw new Error(`Somebody listens at ${ip} already`)
    const address = `${ip}:${PORT}`
    const random = this.random.stream(`${label}#${this.lives.length}`)
    const { createSessions } = this.#options
    const chatter = createSessions === undefined ? undefined : new Chatter(random, () => this.clock.now)
    const process = new SimProcess({
      network: this.network,
      codec: this.#codec,
      host: this.network.hosts.get(ip) ?? this.network.addHost(ip),
      address,
      clockOffsetMs: random.below(1_000_000),
      createCore: (now) => this.#options.createCore(this.#coreOptions(name, address, random, options), now),
      onEvent: (event) => this.#onEvent(member, event),
      onSend: (message, link) => {
        for (const check of this.#checks) check.sent?.(member, message, link)
      },
      onReceive: (message, link) => {
        for (const check of this.#checks) check.received?.(member, message, link)
      },
      messages: createSessions && chatter && { createSessions, handlers: chatter },
      ...this.#traceOf(label),
    })
    const member = new SimMember(label, name, cluster, process)
    member.chatter = chatter
    member.expectedSize = this.expectedSize
    chatter?.begin(member)
    this.#members.set(label, member)
    this.lives.push(member)
    const started = `started at ${ip}, generation ${member.life.generation}`
    if (this.clock.now > 0) this.transcript.step(this.clock.now, label, started)
    const service = this.serviceOf(cluster)
    if (options.isListed ?? true) service.publish(address)
    service.watch(
      process.loop,
      random.stream('polls'),
      () => process.core.urgent,
      (addresses) => process.input({ type: 'seeds', addresses }),
    )
    return member
  }

  /** Starts `count` processes at once, named `<prefix>-0`, `<prefix>-1` and so on. */
  addMembers(count: number, prefix = 'm'): SimMember[] {
    return Array.from({ length: count }, (_, i) => this.addMember(`${prefix}-${i}`))
  }

  /** Whether a process listens at an address. */
  isTaken(ip: string): boolean {
    return (this.network.hosts.get(ip)?.listeners.size ?? 0) > 0
  }

  /** An address never used before. */
  newIp(): string {
    const n = this.#nextHost++
    return `10.0.${n >> 8}.${n & 255}`
  }

  /** The records of one cluster's Service. */
  serviceOf(cluster: string): SimHeadlessService {
    const known = this.#services.get(cluster)
    if (known) return known
    const random = this.random.stream(cluster === OWN_CLUSTER ? 'service' : `service ${cluster}`)
    const service = new SimHeadlessService(this.clock, random, this.#options.service)
    this.#services.set(cluster, service)
    return service
  }

  /** The present process behind a label, if there ever was one. */
  find(label: string): SimMember | undefined {
    return this.#members.get(label)
  }

  /** The present process behind a label. */
  member(label: string): SimMember {
    const member = this.#members.get(label)
    if (!member) throw new Error(`There is no member ${label}`)
    return member
  }

  /** All whose core runs, frozen ones included, of every cluster. */
  live(): SimMember[] {
    return [...this.#members.values()].filter((member) => member.isLive)
  }

  /** The same, each cluster by itself. */
  liveByCluster(): SimMember[][] {
    const live = this.live()
    return [...this.#services.keys()].map((cluster) => live.filter((member) => member.cluster === cluster))
  }

  /** The view of each live member. */
  views(): Map<string, CoreView> {
    return new Map(this.live().map((member) => [member.label, member.process.core.view]))
  }

  /** Lets virtual time pass, in ms. */
  run(ms: number): void {
    this.clock.runUntil(this.clock.now + ms)
  }

  /** Runs until a condition, looked at every ms, holds; false when it did not within `deadlineMs`. */
  runUntil(condition: () => boolean, deadlineMs: number): boolean {
    const deadline = this.clock.now + deadlineMs
    while (!condition()) {
      if (this.clock.now >= deadline) return false
      this.clock.runUntil(Math.min(this.clock.now + 1, deadline))
    }
    return true
  }

  #coreOptions(name: string, address: string, random: RandomStream, options: StartOptions): CoreOptions {
    return {
      clusterId: options.cluster ?? OWN_CLUSTER,
      name,
      generation: Math.floor(EPOCH_MS + this.clock.now - (options.clockBackMs ?? 0)),
      instance: random.stream('instance').next().toString(36).slice(2, 12),
      addresses: [address],
      metadata: new Uint8Array(),
      random: random.stream('core').next,
      expectedSize: this.expectedSize,
      protocol: this.protocol,
      detector: this.#options.detector,
    }
  }

  #traceOf(label: string): { trace?: (what: object) => void } {
    const { trace } = this.#options
    return trace ? { trace: (what) => trace(this.clock.now, label, what) } : {}
  }

  #onEvent(member: SimMember, event: CoreEvent): void {
    this.transcript.event(this.clock.now, member.label, event)
    for (const check of this.#checks) check.event?.(member, event)
    if (event.type === 'superseded') this.unlist(member)
  }

  /** Takes a process out of its Service, as at its end. */
  protected unlist(member: SimMember): void {
    this.serviceOf(member.cluster).remove(member.process.address)
  }

  #everySecond(): void {
    this.clock.after(SECOND_MS, () => {
      for (const check of this.#checks) check.second?.()
      this.#everySecond()
    })
  }
}
