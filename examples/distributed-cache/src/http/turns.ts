// Requests that come on one connection before earlier ones are answered (pipelining): one after the other. Else a GET could
// overtake the PUT before it (RFC 9112, section 9.3.2), and a few bytes for each GET would have this pod hold all values at once.
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Clients that pipeline send a few at a time. Node reads on, however many wait. */
const MAX_WAITING = 256

export class Turns {
  /** Those that wait; none where a request is under way alone. */
  readonly #waiting = new WeakMap<Socket, (() => void)[]>()

  /** Runs it when the earlier ones are answered; never, if the connection has ended by then. Ends it when too many wait. */
  take(socket: Socket, response: ServerResponse, run: () => void): void {
    const waiting = this.#waiting.get(socket)
    const begin = () => {
      response.once('close', () => this.#next(socket))
      run()
    }
    if (waiting !== undefined) {
      if (waiting.length < MAX_WAITING) waiting.push(begin)
      else socket.destroy()
      return
    }
    this.#waiting.set(socket, [])
    begin()
  }

  #next(socket: Socket): void {
    const next = socket.writable ? this.#waiting.get(socket)?.shift() : undefined
    if (next === undefined) this.#waiting.delete(socket)
    else next()
  }
}
