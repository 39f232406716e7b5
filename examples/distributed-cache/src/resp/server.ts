// The Redis protocol over a cache, for any client of Redis.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { ByteBudget } from '../byte-budget.ts'
import type { Cache } from '../cache.ts'
import type { Refusals } from '../refusals.ts'
import type { Context } from './command.ts'
import { Connection } from './connection.ts'
import { ReplyEncoder } from './encoder.ts'
import { LINGER_MS, MAX_CONNECTIONS } from './limits.ts'
import type { Shared } from './shared.ts'

const CHECK_EVERY_MS = 5000
const KEEP_ALIVE_MS = 60_000

export interface RespServerOptions {
  readonly cache: Cache
  /** Shared with other servers of this process. */
  readonly budget: ByteBudget
  /** Shared as well. */
  readonly refusals: Refusals
  /** Further lines of INFO, asked for each time. */
  readonly about?: Context['about']
  /** Further clients are sent away with an error. Default 10,000. */
  readonly maxConnections?: number
}

export class RespServer {
  readonly #server: Server
  readonly #shared: Shared
  readonly #maxConnections: number
  readonly #connections = new Set<Connection>()
  readonly #counts = { open: 0, accepted: 0, commands: 0 }
  readonly #goingOn = new Set<Connection>()
  #timer: NodeJS.Timeout | undefined

  constructor({
    cache,
    budget,
    refusals,
    about = () => ({}),
    maxConnections = MAX_CONNECTIONS,
  }: RespServerOptions) {
    this.#maxConnections = maxConnections
    this.#shared = {
      cache,
      budget,
      refusals,
      about,
      encoder: new ReplyEncoder(),
      connections: this.#counts,
      goOnSoon: (connection) => this.#goOnSoon(connection),
    }
    const options = {
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    }
    this.#server = createServer(options, (socket) => this.#accept(socket))
  }

  /** Listens; rejects if it cannot. Resolves with the port. */
  async listen(address: { readonly host?: string; readonly port: number }): Promise<number> {
    this.#server.listen(address)
    await once(this.#server, 'listening')
    // A connection that could not be accepted (there may be too many files) is no reason to end.
    this.#server.on('error', () => {})
    this.#timer = setInterval(() => this.#checkStalls(), CHECK_EVERY_MS)
    return (this.#server.address() as AddressInfo).port
  }

  /** Takes no more clients, and ends each after its last reply; those that still have something under way after `withinMs`, too. */
  async close(withinMs: number): Promise<void> {
    clearInterval(this.#timer)
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const connection of this.#connections) connection.leave()
    const timer = setTimeout(() => {
      for (const connection of this.#connections) connection.destroy()
    }, withinMs)
    await closed
    clearTimeout(timer)
  }

  #accept(socket: Socket): void {
    this.#counts.accepted++
    if (this.#connections.size < this.#maxConnections) this.#serve(socket)
    else sendAway(socket)
  }

  #serve(socket: Socket): void {
    const connection = new Connection(this.#counts.accepted, socket, this.#shared)
    this.#connections.add(connection)
    this.#counts.open++
    socket.once('close', () => {
      this.#connections.delete(connection)
      this.#counts.open--
    })
  }

  /** Once a turn for all, when all that has come in is dealt with: many replies go in one write. */
  #goOnSoon(connection: Connection): void {
    if (this.#goingOn.size === 0) {
      setImmediate(() => {
        const all = [...this.#goingOn]
        this.#goingOn.clear()
        for (const one of all) one.goOn()
      })
    }
    this.#goingOn.add(connection)
  }

  #checkStalls(): void {
    const nowMs = performance.now()
    for (const connection of this.#connections) connection.checkStall(nowMs)
  }
}

function sendAway(socket: Socket): void {
  socket.on('error', () => {})
  socket.resume()
  socket.end('-ERR max number of clients reached\r\n')
  const timer = setTimeout(() => socket.destroy(), LINGER_MS)
  socket.once('close', () => clearTimeout(timer))
}
