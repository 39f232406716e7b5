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
}

/** A cut between two groups of hosts (IP addresses). */
export interface Cut {
  readonly from: Set<string>
  /** Undefined: all that are not in `from`, later ones included. */
  readonly to: Set<string> | undefined
  /** Only packets from `from` to `to` are lost. */
  readonly isOneWay: boolean
  readonly since: number
}

/** All routes, and the cuts that are in force. */
export class Routes {
  readonly #options: NetworkOptions
  readonly #random: RandomStream
  readonly #packets: RandomStream
  readonly #routes = new Map<string, Map<string, Route>>()
  readonly #cuts = new Set<Cut>()

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
    const route = { latencyMs: from === to ? 0.05 : drawn, cuts: 0, cutSince: 0 }
    for (const cut of this.#cuts) if (blocks(cut, from, to)) this.#block(route, cut)
    this.#routes.set(from, fromHere.set(to, route))
    return route
  }

  /** How long the next packet on a route takes, a loss included. */
  packetMs(route: Route): number {
    const { jitterMs, lossChance } = this.#options
    const lost = lossChance > 0 && this.#packets.chance(lossChance) ? FIRST_RETRANSMIT_MS : 0
    return route.latencyMs + jitterMs * this.#packets.next() + lost
  }

  /** Puts a cut in force. */
  cut(cut: Cut): void {
    this.#cuts.add(cut)
    this.#forEach((route, from, to) => {
      if (blocks(cut, from, to)) this.#block(route, cut)
    })
  }

  /** Takes a cut away; true when it was in force. */
  heal(cut: Cut): boolean {
    if (!this.#cuts.delete(cut)) return false
    this.#forEach((route, from, to) => {
      if (blocks(cut, from, to)) route.cuts--
    })
    return true
  }

  /** The cuts in force. */
  get cuts(): ReadonlySet<Cut> {
    return this.#cuts
  }

  #block(route: Route, cut: Cut): void {
    if (route.cuts++ === 0) route.cutSince = cut.since
  }

  #forEach(visit: (route: Route, from: string, to: string) => void): void {
    for (const [from, routes] of this.#routes) for (const [to, route] of routes) visit(route, from, to)
  }
}

/** Whether a cut stops packets from one host to another. */
export function blocks(cut: Cut, from: string, to: string): boolean {
  return leads(cut, from, to) || (!cut.isOneWay && leads(cut, to, from))
}

function leads(cut: Cut, from: string, to: string): boolean {
  return cut.from.has(from) && (cut.to ? cut.to.has(to) : !cut.from.has(to))
}

/** Whether two hosts are on the two sides of a cut, whichever way it is cut. */
export function separates(cut: Cut, a: string, b: string): boolean {
  return leads(cut, a, b) || leads(cut, b, a)
}

/** Whether a host is on either side of a cut. */
export function concerns(cut: Cut, ip: string): boolean {
  return cut.to === undefined || cut.to.has(ip) || cut.from.has(ip)
}
