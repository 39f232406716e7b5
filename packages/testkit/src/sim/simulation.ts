// The harness: a whole cluster in virtual time from one seed, with verbs for what can happen to it. The same seed and
// the same verbs give the same run, event for event.
import {
  type CoreEvent,
  type CoreOptions,
  type CoreView,
  defaultProtocol,
  type Input,
  type ProtocolOptions,
} from '@rollcall/membership/internal'
import { type Bounds, boundsFor } from './bounds.ts'
import type { Check } from './check.ts'
import { rememberLast, type SimCodec } from './codec.ts'
import { SimHeadlessService } from './headless-service.ts'
import { Network } from './network.ts'
import { RandomStream } from './random.ts'
import type { Cut } from './routes.ts'
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

/** A simulated cluster. */
export class Simulation {
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
  readonly #checks: Check[]
  readonly #services = new Map<string, SimHeadlessService>()
  #nextHost = 1

  constructor(options: SimulationOptions) {
    this.#options = options
    this.#codec = rememberLast(options.codec)
    this.random = new RandomStream(options.seed)
    this.protocol = { ...defaultProtocol, ...options.protocol }
    this.network = new Network(this.clock, this.random.stream('network'), options.network)
    this.service = this.serviceOf(OWN_CLUSTER)
    this.#checks = (options.checks ?? []).map((make) => make(this))
    this.#everySecond()
  }

  /** Starts a process. */
  addMember(name: string, options: StartOptions = {}): SimMember {
    const { label = name, cluster = OWN_CLUSTER } = options
    if (this.#members.get(label)?.isLive) throw new Error(`${label} is running already`)
    const ip = options.ip ?? this.newIp()
    if (this.isTaken(ip)) throw new Error(`Somebody listens at ${ip} already`)
    const address = `${ip}:${PORT}`
    const random = this.random.stream(`${label}#${this.lives.length}`)
    const process = new SimProcess({
      network: this.network,
      codec: this.#codec,
      host: this.network.hosts.get(ip) ?? this.network.addHost(ip),
      address,
      clockOffsetMs: random.below(1_000_000),
      createCore: (now) => this.#options.createCore(this.#coreOptions(name, address, random, options), now),
      onEvent: (event) => this.#onEvent(member, event),
      onSend: (message) => {
        for (const check of this.#checks) check.sent?.(member, message)
      },
      ...this.#traceOf(label),
    })
    const member = new SimMember(label, name, cluster, process)
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

  /**
   * Kills a process. Its kernel resets its connections and refuses dials; with `address: 'vanishes'` nobody answers
   * there afterwards, with `'vanishes-first'` (a lost node) even the resets do not get out.
   */
  kill(label: string, options: { address?: 'stays' | 'vanishes' | 'vanishes-first' } = {}): void {
    const member = this.member(label)
    const { address = 'stays' } = options
    this.transcript.step(this.clock.now, label, `killed, address ${address}`)
    member.killed ??= address
    if (address === 'vanishes-first') this.#removeHost(member)
    member.process.kill()
    if (address === 'vanishes') this.#removeHost(member)
    this.#unlist(member)
  }

  /** Stops a process in its tracks (SIGSTOP); with `forMs`, until then. */
  freeze(label: string, forMs?: number): void {
    const member = this.member(label)
    if (member.process.loop.state !== 'running') return
    this.transcript.step(this.clock.now, label, forMs === undefined ? 'frozen' : `frozen for ${forMs} ms`)
    member.process.loop.freeze()
    const stall = { from: this.clock.now, until: Number.POSITIVE_INFINITY, lateMs: Number.POSITIVE_INFINITY }
    member.stalls.push(stall)
    if (forMs === undefined) return
    this.clock.after(forMs, () => {
      if (member.stalls.at(-1) === stall) this.#thaw(member)
    })
  }

  /** Lets a frozen process go on. */
  thaw(label: string): void {
    this.#thaw(this.member(label))
  }

  /** Makes all messages of a process wait for `forMs`, in and out, while its timers run on. */
  holdMessages(label: string, forMs: number): void {
    const { process, stalls } = this.member(label)
    this.transcript.step(this.clock.now, label, `messages held for ${forMs} ms`)
    stalls.push({ from: this.clock.now, until: this.clock.now + forMs, lateMs: Number.POSITIVE_INFINITY })
    process.holdMessages()
    this.clock.after(forMs, () => process.releaseMessages())
  }

  /** Makes a process late with everything by about `lateMs`, for `forMs`. */
  slow(label: string, lateMs: number, forMs: number): void {
    const member = this.member(label)
    const random = this.random.stream(`${label} slow ${this.clock.now}`)
    this.transcript.step(this.clock.now, label, `late by ${lateMs} ms for ${forMs} ms`)
    const lateness = () => random.between(lateMs / 2, lateMs)
    member.process.loop.lateness = lateness
    member.stalls.push({ from: this.clock.now, until: this.clock.now + forMs + lateMs, lateMs })
    this.clock.after(forMs, () => {
      if (member.process.loop.lateness === lateness) member.process.loop.lateness = undefined
    })
  }

  /** Stops packets between some members and others (default: all others), or only those from the first. */
  cut(group: readonly string[], others?: readonly string[], options: { isOneWay?: boolean } = {}): Cut {
    const ipOf = (label: string) => this.member(label).process.host.ip
    const how = options.isOneWay ? 'cut, outgoing only, from' : 'cut from'
    this.transcript.step(this.clock.now, group.join(' '), `${how} ${others?.join(' ') ?? 'all others'}`)
    return this.network.cut(group.map(ipOf), others?.map(ipOf), options.isOneWay)
  }

  /** Takes a cut away, or all of them. */
  heal(cut?: Cut): void {
    this.transcript.step(this.clock.now, '*', cut ? `healed ${[...cut.from].join(' ')}` : 'healed all')
    for (const each of cut ? [cut] : [...this.network.routes.cuts]) this.network.heal(each)
  }

  /** Resets all connections of a live process at once, as a proxy in between can. */
  resetLinks(label: string): void {
    this.transcript.step(this.clock.now, label, 'all links reset')
    const member = this.member(label)
    member.tornAt.push(this.clock.now)
    member.process.resetLinks()
  }

  /** The application leaves. */
  leave(label: string, timeoutMs = 5000): void {
    const member = this.member(label)
    this.transcript.step(this.clock.now, label, 'leaves')
    const read = () => {
      member.leaveAt ??= this.clock.now
      member.process.input({ type: 'leave', timeoutMs })
      this.#unlist(member)
    }
    member.process.loop.readable({ read })
  }

  /** The application replaces its metadata. */
  setMetadata(label: string, metadata: Uint8Array): void {
    const member = this.member(label)
    const what = metadata.length > 8 ? `of ${metadata.length} bytes` : metadata.join(',')
    this.transcript.step(this.clock.now, label, `metadata ${what}`)
    this.call(member, { type: 'set-metadata', metadata })
  }

  /** The application of a member calls: when its process next runs. */
  call(member: SimMember, input: Input): void {
    if (input.type === 'set-metadata')
      this.largestMetadata = Math.max(this.largestMetadata, input.metadata.length)
    member.process.loop.readable({ read: () => member.process.input(input) })
  }

  /** The application says how many members there should be. */
  setExpectedSize(label: string, size: number): void {
    const member = this.member(label)
    this.transcript.step(this.clock.now, label, `expects ${size}`)
    this.call(member, { type: 'set-expected-size', size })
  }

  /** The application says that a member is gone for good; nothing happens unless it holds that one failed or left. */
  forget(label: string, name: string): void {
    const member = this.member(label)
    this.transcript.step(this.clock.now, label, `forgets ${name}`)
    this.call(member, { type: 'forget', name })
  }

  /** Kills the process if it runs, and starts a new one of the same name. */
  restart(label: string, options: { sameAddress?: boolean; clockBackMs?: number } = {}): SimMember {
    const old = this.member(label)
    const { sameAddress = false, clockBackMs = 0 } = options
    if (old.process.loop.state !== 'dead') this.kill(label, { address: sameAddress ? 'stays' : 'vanishes' })
    const oldIp = old.process.host.ip
    const ip = sameAddress ? oldIp : this.newIp()
    if (!sameAddress) this.network.inheritCuts(ip, oldIp)
    return this.addMember(old.name, { label, ip, clockBackMs, cluster: old.cluster })
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
    if (event.type === 'superseded') this.#unlist(member)
  }

  #thaw(member: SimMember): void {
    const { loop } = member.process
    if (loop.state !== 'frozen') return
    this.transcript.step(this.clock.now, member.label, 'thawed')
    const stall = member.stalls.findLast((each) => each.until === Number.POSITIVE_INFINITY)
    if (stall) stall.until = this.clock.now
    loop.thaw()
  }

  #unlist(member: SimMember): void {
    this.serviceOf(member.cluster).remove(member.process.address)
  }

  #removeHost(member: SimMember): void {
    const { host } = member.process
    if (!host.isGone) this.network.removeHost(host)
  }

  #everySecond(): void {
    this.clock.after(SECOND_MS, () => {
      for (const check of this.#checks) check.second?.()
      this.#everySecond()
    })
  }
}
