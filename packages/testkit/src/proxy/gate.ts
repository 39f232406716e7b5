// The listening side of a proxy. It is open (connections are accepted), closed (they are refused) or parked (nobody
// answers), and goes from one to the other as soon as it is told to.

import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { ListenError } from '@rollcall/membership'
import type { Endpoint } from './options.ts'
import { Parking } from './parking.ts'

/** What whoever dials the proxy meets: acceptance, refusal, or no answer. */
export type GateState = 'open' | 'closed' | 'parked'

const RETRY_MS = 20

/** One listening address that can refuse and hang. */
export class Gate {
  /** Where the gate listens, or would; the port is known after `claim`. */
  address: Endpoint
  readonly #accepted: (socket: Socket) => void
  #state: GateState = 'closed'
  #wanted: GateState = 'closed'
  #server: Server | undefined
  #parking: Parking | undefined
  #running: Promise<void> | undefined

  /** `accepted` gets every connection, paused. Nothing is opened yet. */
  constructor(listen: Endpoint, accepted: (socket: Socket) => void) {
    this.address = listen
    this.#accepted = accepted
  }

  /** What whoever dials meets now. */
  get state(): GateState {
    return this.#state
  }

  /** Opens the gate for the first time; throws a `ListenError` if the address cannot be had. */
  async claim(): Promise<void> {
    try {
      this.#server = await this.#listen()
    } catch (cause) {
      throw listenError(this.address, cause as NodeJS.ErrnoException)
    }
    this.address = { host: this.address.host, port: (this.#server.address() as AddressInfo).port }
    this.#state = 'open'
    this.#wanted = 'open'
  }

  /**
   * Goes to a state. From open to closed happens within this call; the rest when the promise resolves. A later call
   * overrules an earlier one that is still under way, and both then resolve with the later one's state reached.
   */
  become(state: GateState): Promise<void> {
    this.#wanted = state
    // At once, even while the thread for parking is still starting.
    if (state === 'closed' && this.#server) {
      this.#closeServer()
      this.#state = 'closed'
    }
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #run(): Promise<void> {
    while (this.#state !== this.#wanted) {
      if (this.#wanted === 'closed') await this.#shut()
      else if (this.#wanted === 'open') await this.#open()
      else await this.#park()
    }
  }

  async #shut(): Promise<void> {
    const parking = this.#parking
    this.#closeServer()
    this.#parking = undefined
    this.#state = 'closed'
    await parking?.release()
  }

  async #open(): Promise<void> {
    // The port is free from the first step of the release on; what follows only ends the thread.
    const released = this.#parking?.release()
    this.#parking = undefined
    try {
      this.#server = await this.#listen()
      this.#state = 'open'
    } catch {
      // While the gate was closed the port may have become the local end of somebody's connection.
      this.#state = 'closed'
      await pause(RETRY_MS)
    }
    await released
  }

  async #park(): Promise<void> {
    const parking = new Parking(this.address.host)
    await parking.ready()
    if (this.#wanted !== 'parked') {
      await parking.release()
      return
    }
    this.#closeServer()
    this.#state = 'closed'
    if (!parking.take(this.address.port)) {
      await parking.release()
      await pause(RETRY_MS)
      return
    }
    this.#parking = parking
    this.#state = 'parked'
    await parking.fill(this.address.port)
  }

  #closeServer(): void {
    this.#server?.close()
    this.#server = undefined
  }

  #listen(): Promise<Server> {
    return new Promise((resolve, reject) => {
      const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, this.#accepted)
      server.on('error', reject)
      server.listen(this.address, () => resolve(server))
    })
  }
}

function listenError({ host, port }: Endpoint, cause: NodeJS.ErrnoException): ListenError {
  const known: Record<string, string> = {
    EADDRINUSE: 'ERR_ROLLCALL_PORT_IN_USE',
    EADDRNOTAVAIL: 'ERR_ROLLCALL_ADDRESS_NOT_OURS',
  }
  const code = known[cause.code ?? ''] ?? 'ERR_ROLLCALL_LISTEN'
  return new ListenError(code, `cannot listen on ${host}:${port}: ${cause.code}`, host, port, cause)
}
