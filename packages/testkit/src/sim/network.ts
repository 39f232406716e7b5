// The simulated network: hosts with addresses, kernels that accept connections whether or not their process runs,
// dials that are refused, unanswered or answered, cuts and resets.
import type { EventLoop } from './event-loop.ts'
import type { RandomStream } from './random.ts'
import { type Cut, defaultNetwork, type NetworkOptions, Routes, type Slowness } from './routes.ts'
import { Pipe, Socket } from './socket.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** A TCP listener of a process. */
export interface Listener {
  readonly loop: EventLoop
  /** Called by the kernel for a new connection: gives it a reader, which finds `accepted` first. */
  accept(socket: Socket): void
  /** Connections the kernel has accepted and the process has not; counted down by the process. */
  waiting: number
}

/** One host: an IP address and its kernel. */
export interface Host {
  readonly ip: string
  readonly listeners: Map<number, Listener>
  readonly sockets: Set<Socket>
  /** The host has vanished with its address; nobody answers for it. */
  isGone: boolean
}

/** A firewall before a host that lets no new connection through; those that stand live on. */
export interface DialFilter {
  readonly ip: string
  /** What a SYN gets: a reset, or nothing. */
  readonly answer: 'refused' | 'nothing'
  readonly since: number
}

/** When a kernel sends its SYN again, in ms after the first. */
const SYN_RETRIES_MS = [0, 1000, 3000, 7000, 15_000]

interface Place {
  readonly ip: string
  readonly port: number
}

/** Splits a canonical `host:port`. */
export function splitAddress(address: string): Place {
  const colon = address.lastIndexOf(':')
  return { ip: address.slice(0, colon), port: Number(address.slice(colon + 1)) }
}

/** All hosts and what connects them. */
export class Network {
  readonly clock: VirtualClock
  readonly options: NetworkOptions
  readonly routes: Routes
  readonly hosts = new Map<string, Host>()
  readonly #places = new Map<string, Place>()
  /** Pipes with bytes that do not get through at present. */
  readonly stalled = new Set<Pipe>()
  /** Every cut there ever was, with its end; undefined while it lasts. */
  readonly cutHistory: { readonly cut: Cut; until: number | undefined }[] = []
  /** The same of slow ways, */
  readonly slowHistory: { readonly slowness: Slowness; until: number | undefined }[] = []
  /** and of firewalls. */
  readonly filterHistory: { readonly filter: DialFilter; until: number | undefined }[] = []

  constructor(clock: VirtualClock, random: RandomStream, options: Partial<NetworkOptions> = {}) {
    this.clock = clock
    this.options = { ...defaultNetwork, ...options }
    this.routes = new Routes(this.options, random)
  }

  /** A new host; the address must be free. */
  addHost(ip: string): Host {
    if (this.hosts.has(ip)) throw new Error(`The address ${ip} is taken`)
    const host: Host = { ip, listeners: new Map(), sockets: new Set(), isGone: false }
    this.hosts.set(ip, host)
    this.#retryStalled()
    return host
  }

  /** Takes a host away with its address; connections to it learn nothing. */
  removeHost(host: Host): void {
    host.isGone = true
    host.listeners.clear()
    for (const socket of [...host.sockets]) socket.vanish()
    if (this.hosts.get(host.ip) === host) this.hosts.delete(host.ip)
  }

  /**
   * Dials. The socket first gets `connected`, `refused` or `unreachable`, or nothing at all; giving up is the
   * process's own matter.
   */
  connect(host: Host, loop: EventLoop, address: string): Socket {
    const socket = new Socket(host, loop)
    const place = this.#places.get(address) ?? splitAddress(address)
    this.#places.set(address, place)
    this.#sendSyn(socket, place, 0)
    return socket
  }

  /** Resets every connection of a process, as a proxy in between can. */
  resetLinks(host: Host, loop: EventLoop): void {
    for (const socket of host.sockets) {
      if (socket.loop !== loop || !socket.peer) continue
      for (const end of [socket, socket.peer]) {
        this.clock.after(this.options.maxLatencyMs, () => end.arrive({ type: 'end' }))
      }
    }
  }

  /** Stops packets between two groups of addresses (default: all others), or only those from the first. */
  cut(from: Iterable<string>, to: Iterable<string> | undefined, isOneWay = false): Cut {
    const cut: Cut = { from: new Set(from), to: to && new Set(to), isOneWay, since: this.clock.now }
    this.routes.cut(cut)
    this.cutHistory.push({ cut, until: undefined })
    return cut
  }

  /** Lets packets pass again; what was sent meanwhile arrives with the next retransmissions. */
  heal(cut: Cut): void {
    if (!this.routes.heal(cut)) return
    for (const entry of this.cutHistory) if (entry.cut === cut) entry.until = this.clock.now
    this.#retryStalled()
  }

  /** Makes the ways between two groups of addresses (default: all others) slow. */
  slow(
    from: Iterable<string>,
    to: Iterable<string> | undefined,
    how: Pick<Slowness, 'delayMs' | 'spikeMs' | 'spikeChance'>,
  ): Slowness {
    const ways = { from: new Set(from), to: to && new Set(to), isOneWay: false }
    const slowness: Slowness = { ...how, ...ways, since: this.clock.now }
    this.routes.slow(slowness)
    this.slowHistory.push({ slowness, until: undefined })
    return slowness
  }

  /** Makes them as fast as before. */
  unslow(slowness: Slowness): void {
    if (!this.routes.unslow(slowness)) return
    for (const entry of this.slowHistory) if (entry.slowness === slowness) entry.until = this.clock.now
  }

  /** Lets no new connection to an address through. */
  filter(ip: string, answer: DialFilter['answer']): DialFilter {
    const filter: DialFilter = { ip, answer, since: this.clock.now }
    this.filterHistory.push({ filter, until: undefined })
    return filter
  }

  /** Lets new connections through again. */
  unfilter(filter: DialFilter): void {
    for (const entry of this.filterHistory) if (entry.filter === filter) entry.until ??= this.clock.now
  }

  /** Ends all that is wrong with the network. */
  calm(): void {
    for (const cut of [...this.routes.cuts]) this.heal(cut)
    for (const slowness of [...this.routes.slownesses]) this.unslow(slowness)
    for (const { filter } of this.filterHistory) this.unfilter(filter)
  }

  /** Puts a new address on the same side of all cuts and slow ways as an old one. */
  inheritCuts(ip: string, from: string): void {
    for (const ways of [...this.routes.cuts, ...this.routes.slownesses]) {
      if (ways.from.has(from)) ways.from.add(ip)
      if (ways.to?.has(from)) ways.to.add(ip)
    }
  }

  /** Whether bytes that were held up are still to arrive somewhere. */
  get hasLateBytes(): boolean {
    for (const pipe of this.stalled) if (pipe.isRetrying) return true
    return false
  }

  #retryStalled(): void {
    for (const pipe of this.stalled) pipe.retry()
  }

  #sendSyn(socket: Socket, place: Place, attempt: number): void {
    const { ip } = place
    if (socket.isDestroyed || socket.peer || socket.host.isGone) return
    const out = this.routes.between(socket.host.ip, ip)
    this.clock.after(this.routes.packetMs(out), () => {
      if (out.cuts > 0) return
      const answer = this.#answerSyn(socket, place)
      const back = this.routes.between(ip, socket.host.ip)
      if (answer === undefined || back.cuts > 0) return
      const afterMs =
        answer === 'unreachable' ? (this.options.unreachableMs ?? 0) : this.routes.packetMs(back)
      this.clock.after(afterMs, () => socket.arrive({ type: answer }))
    })
    const [sent, again] = [SYN_RETRIES_MS[attempt], SYN_RETRIES_MS[attempt + 1]]
    if (sent !== undefined && again !== undefined)
      socket.synAgain = this.clock.after(again - sent, () => this.#sendSyn(socket, place, attempt + 1))
  }

  /** What the other kernel does with a SYN; undefined for no answer. */
  #answerSyn(dialer: Socket, { ip, port }: Place): 'connected' | 'refused' | 'unreachable' | undefined {
    if (dialer.isDestroyed) return undefined
    const host = this.hosts.get(ip)
    if (!host) return this.options.unreachableMs === undefined ? undefined : 'unreachable'
    const filter = this.filterHistory.find((each) => each.until === undefined && each.filter.ip === ip)
    if (filter) return filter.filter.answer === 'refused' ? 'refused' : undefined
    const listener = host.listeners.get(port)
    if (!listener) return 'refused'
    // The SYN-ACK can get lost in a one-way cut; then nobody but the kernel ever knew of this connection.
    if (this.routes.between(ip, dialer.host.ip).cuts > 0) return undefined
    if (dialer.peer) return undefined
    if (listener.waiting >= this.options.backlog) return undefined
    this.#accept(dialer, host, listener)
    return 'connected'
  }

  #accept(dialer: Socket, host: Host, listener: Listener): void {
    const socket = new Socket(host, listener.loop)
    socket.peer = dialer
    dialer.peer = socket
    this.clock.cancel(dialer.synAgain)
    dialer.synAgain = undefined
    socket.outbound = new Pipe(this, socket, dialer)
    dialer.outbound = new Pipe(this, dialer, socket)
    listener.accept(socket)
    listener.waiting++
    socket.arrive({ type: 'accepted' })
  }
}
