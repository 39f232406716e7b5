// One proxied connection: the client's socket, the socket to the upstream, and a direction each way between them.
import { Socket } from 'node:net'
import { Direction, reset } from './direction.ts'
import type { Faults } from './faults.ts'
import { blockedBy, plainAddress } from './faults.ts'
import type { ResolvedProxyOptions } from './options.ts'

/** What a pair needs of the proxy it belongs to. */
export interface PairContext {
  readonly options: ResolvedProxyOptions
  /** The faults in force now. */
  faults(): Faults
  /** Counts bytes that were passed on. */
  passed(direction: 'to-upstream' | 'to-client', bytes: number): void
  /** Asks whether the upstream still listens; the listener reflects the answer when the promise resolves. */
  recheck(): Promise<void>
  /** Called once, when both sockets are closed. */
  closed(pair: Pair): void
}

/** A client's connection and its continuation to the upstream. */
export class Pair {
  /** The address that the client connected from. */
  readonly clientAddress: string
  readonly #context: PairContext
  readonly #client: Socket
  readonly #upstream = new Socket({ allowHalfOpen: true })
  readonly #toUpstream: Direction
  readonly #toClient: Direction
  #dialed = false
  #wasBlocked = false
  #openSockets = 2

  /** Takes over an accepted socket; dials the upstream at once unless a fault holds the pair. */
  constructor(client: Socket, context: PairContext) {
    this.clientAddress = plainAddress(client.remoteAddress)
    this.#context = context
    this.#client = client
    for (const socket of [client, this.#upstream]) {
      socket.setNoDelay(true)
      socket.on('close', () => this.#socketClosed())
    }
    const shared = { blocked: () => this.#blocked(), random: context.options.random }
    this.#toUpstream = new Direction(client, this.#upstream, {
      ...shared,
      delay: () => context.faults().delayToUpstream,
      passed: (bytes) => context.passed('to-upstream', bytes),
      beforeEnd: () => Promise.resolve(),
    })
    // A client that learns from us that the upstream died may dial again at once, and must be refused by then.
    this.#toClient = new Direction(this.#upstream, client, {
      ...shared,
      delay: () => context.faults().delayToClient,
      passed: (bytes) => context.passed('to-client', bytes),
      beforeEnd: () => context.recheck(),
    })
    this.#upstream.on('connect', () => this.#toUpstream.pump())
    this.faultsChanged(false)
  }

  /** To be called after every change of the faults. `backoff`: see `Direction.unblock`. */
  faultsChanged(backoff: boolean): void {
    const blocked = this.#blocked()
    if (!blocked && !this.#dialed) this.#dial()
    if (blocked && !this.#wasBlocked) this.#directions((direction) => direction.block())
    if (!blocked && this.#wasBlocked) this.#directions((direction) => direction.unblock(backoff))
    if (blocked === this.#wasBlocked) this.#directions((direction) => direction.pump())
    this.#wasBlocked = blocked
  }

  /** Ends both sides with RST, whatever is queued or blocked. */
  reset(): void {
    this.#stop(reset)
  }

  /** Ends both sides without ceremony. */
  destroy(): void {
    this.#stop((socket) => socket.destroy())
  }

  #blocked(): boolean {
    return blockedBy(this.#context.faults(), this.clientAddress) !== undefined
  }

  #dial(): void {
    this.#dialed = true
    // A client that gave up while held: its SYN would never have arrived, so the upstream hears nothing of it.
    if (this.#toUpstream.sourceOver) {
      this.destroy()
      return
    }
    const { upstream, connectFrom } = this.#context.options
    this.#upstream.connect({ ...upstream, ...(connectFrom && { localAddress: connectFrom }) })
  }

  #directions(act: (direction: Direction) => void): void {
    act(this.#toUpstream)
    act(this.#toClient)
  }

  #stop(end: (socket: Socket) => void): void {
    this.#directions((direction) => direction.stop())
    end(this.#client)
    end(this.#upstream)
  }

  #socketClosed(): void {
    this.#openSockets -= 1
    if (this.#openSockets > 0) return
    this.#directions((direction) => direction.stop())
    this.#context.closed(this)
  }
}
