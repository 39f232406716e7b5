// The way from one host to another, for each ordered pair: how long packets take, and whether they pass at all.
// TCP hides loss: a cut loses no byte of a stream, it delays all of them until the next retransmission that passes.
import type { RandomStream } from './random.ts'

/** How packets fare; all times in ms. */
export interface NetworkOptions {
  /** Each ordered pair of hosts has a latency of its own, drawn between these two. Default 0.1 to 1. */
  readonly minLatencyMs: number
  readonly maxLatencyMs: number
  /** Each packet takes up to this much longer. Default 0.2. */
  readonly jitterMs: number
  /** Chance that a packet is lost and arrives with a retransmission, 200 ms or more later. Default 0. */
  readonly lossChance: number
  /** A kernel gives a connection up when it has retransmitted in vain for this long. Default 900000. */
  readonly giveUpMs: number
  /** Connections a kernel accepts for a process that does not; a further SYN gets no answer. Default 511. */
  readonly backlog: number
  /** Bytes the sending and the receiving kernel hold of each direction of a connection. Default 262144 each. */
  readonly sendBufferBytes: number
  readonly receiveBufferBytes: number
  /** How long an unreachable answer takes where a host is gone; undefined for no answer at all. Default undefined. */
  readonly unreachableMs: number | undefined
}

/** The defaults above. */
export const defaultNetwork: NetworkOptions = {
  minLatencyMs: 0.1,
  maxLatencyMs: 1,
  jitterMs: 0.2,
  lossChance: 0,
  giveUpMs: 900_000,
  backlog: 511,
  sendBufferBytes: 256 * 1024,
  receiveBufferBytes: 256 * 1024,
  unreachableMs: undefined,
}

/** A kernel's first retransmission; each further one waits twice as long as the one before. */
export const FIRST_RETRANSMIT_MS = 200
const MAX_RETRANSMIT_MS = 120_000

/** When a packet first sent at `sentAt` is next sent again, at or after `now`. */
export function nextRetransmitAt(sentAt: number, now: number): number {
  let at = sentAt
  for (let wait = FIRST_RETRANSMIT_MS; at < now; wait = Math.min(2 * wait, MAX_RETRANSMIT_MS)) at += wait
  return at
}

/** One direction between two hosts. */
export interface Route {
  readonly latencyMs: number
  /** Number of cuts that block it, and since when the first of them. */
  cuts: number
  cutSince: number
  /** What makes it slow; the last of several counts. */
  slowness: Slowness | undefined
}

/** The ways between two groups of hosts (IP addresses). */
export interface Ways {
  readonly from: Set<string>
  /** Undefined: all that are not in `from`, later ones included. */
  readonly to: Set<string> | undefined
  /** Only those from `from` to `to`. */
  readonly isOneWay: boolean
}

/** A cut: packets on these ways are lost. */
export interface Cut extends Ways {
  readonly since: number
}

/** Slow and jittery ways. */
export interface Slowness extends Ways {
  readonly since: number
  /** Each packet takes this much longer, */
  readonly delayMs: number
  /** and some of them up to this much more, which holds up what follows: a loss, as TCP shows it. */
  readonly spikeMs: number
  readonly spikeChance: number
}

/** All routes, and the cuts that are in force. */
export class Routes {
  readonly #options: NetworkOptions
  readonly #random: RandomStream
  readonly #packets: RandomStream
  readonly #routes = new Map<string, Map<string, Route>>()
  readonly #cuts = new Set<Cut>()
  readonly #slownesses = new Set<Slowness>()

  constructor(options: NetworkOptions, random: RandomStream) {
    this.#options = options
    this.#random = random
    this.#packets = random.stream('packets')
  }

  /** The route from one host to another; made when first asked for. */
  between(from: string, to: string): Route {
    const fromHere = this.#routes.get(from) ?? new Map<string, Route>()
    const known = fromHere.get(to)
    if (known) return known
    const { minLatencyMs, maxLatencyMs } = this.#options
    const drawn = this.#random.stream(`${from}>${to}`).between(minLatencyMs, maxLatencyMs)
    const route: Route = { latencyMs: from === to ? 0.05 : drawn, cuts: 0, cutSince: 0, slowness: undefined }
    for (const cut of this.#cuts) if (includes(cut, from, to)) this.#block(route, cut)
    route.slowness = this.#slownessOf(from, to)
    this.#routes.set(from, fromHere.set(to, route))
    return route
  }

  /** How long the next packet on a route takes, a loss included. */
  packetMs(route: Route): number {
    const { jitterMs, lossChance } = this.#options
    const lost = lossChance > 0 && this.#packets.chance(lossChance) ? FIRST_RETRANSMIT_MS : 0
    const { slowness } = route
    const slow = slowness === undefined ? 0 : this.#slowMs(slowness)
    return route.latencyMs + jitterMs * this.#packets.next() + lost + slow
  }

  #slowMs({ delayMs, spikeMs, spikeChance }: Slowness): number {
    return delayMs + (this.#packets.chance(spikeChance) ? spikeMs * this.#packets.next() : 0)
  }

  /** Makes some ways slow. */
  slow(slowness: Slowness): void {
    this.#slownesses.add(slowness)
    this.#forEach((route, from, to) => {
      if (includes(slowness, from, to)) route.slowness = slowness
    })
  }

  /** Makes them as fast as before; true when they were slow. */
  unslow(slowness: Slowness): boolean {
    if (!this.#slownesses.delete(slowness)) return false
    this.#forEach((route, from, to) => {
      if (route.slowness === slowness) route.slowness = this.#slownessOf(from, to)
    })
    return true
  }

  #slownessOf(from: string, to: string): Slowness | undefined {
    return [...this.#slownesses].findLast((each) => includes(each, from, to))
  }

  /** Puts a cut in force. */
  cut(cut: Cut): void {
    this.#cuts.add(cut)
    this.#forEach((route, from, to) => {
      if (includes(cut, from, to)) this.#block(route, cut)
    })
  }

  /** Takes a cut away; true when it was in force. */
  heal(cut: Cut): boolean {
    if (!this.#cuts.delete(cut)) return false
    this.#forEach((route, from, to) => {
      if (includes(cut, from, to)) route.cuts--
    })
    return true
  }

  /** The cuts in force. */
  get cuts(): ReadonlySet<Cut> {
    return this.#cuts
  }

  /** What makes ways slow at present. */
  get slownesses(): ReadonlySet<Slowness> {
    return this.#slownesses
  }

  #block(route: Route, cut: Cut): void {
    if (route.cuts++ === 0) route.cutSince = cut.since
  }

  #forEach(visit: (route: Route, from: string, to: string) => void): void {
    for (const [from, routes] of this.#routes) for (const [to, route] of routes) visit(route, from, to)
  }
}

/** Whether some ways lead from one host to another. */
export function includes(ways: Ways, from: string, to: string): boolean {
  return leads(ways, from, to) || (!ways.isOneWay && leads(ways, to, from))
}

function leads(ways: Ways, from: string, to: string): boolean {
  return ways.from.has(from) && (ways.to ? ways.to.has(to) : !ways.from.has(to))
}

/** Whether two hosts are at the two ends of some ways, whichever way these lead. */
export function separates(ways: Ways, a: string, b: string): boolean {
  return leads(ways, a, b) || leads(ways, b, a)
}

/** Whether a host is at either end. */
export function concerns(ways: Ways, ip: string): boolean {
  return ways.to === undefined || ways.to.has(ip) || ways.from.has(ip)
}
