// Requests that come on one connection before earlier ones are answered (pipelining): one after the other. Else a GET could
// overtake the PUT before it (RFC 9112, section 9.3.2), and a few bytes for each GET would have this pod hold all values at once.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ByteBudget } from '../byte-budget.ts'

/** Clients that pipeline send a few at a time. Node reads on, however many wait. */
const MAX_WAITING = 256
/** What Node makes of a request, its texts aside: about so much. */
const REQUEST_BYTES = 4096
/** Of a body that nobody reads Node takes about so much at most. */
const UNREAD_BYTES = 64 * 1024

interface Waiting {
  readonly bytes: number
  begin(): void
}

export class Turns {
  readonly #budget: ByteBudget
  /** Those that wait; none where a request is under way alone. */
  readonly #waiting = new WeakMap<Socket, Waiting[]>()

  /** @param budget what waits counts as held */
  constructor(budget: ByteBudget) {
    this.#budget = budget
  }

  /**
   * Runs it when the earlier ones are answered; never, if the connection has ended by then. Ends it when too many wait, or clients
   * make this pod hold far too much.
   */
  take(request: IncomingMessage, response: ServerResponse, run: () => void): void {
    const { socket } = request
    const waiting = this.#waiting.get(socket)
    const begin = () => {
      response.once('close', () => this.#next(socket))
      run()
    }
    if (waiting === undefined) {
      this.#waiting.set(socket, [])
      begin()
    } else if (waiting.length < MAX_WAITING && !this.#budget.isOverdrawn) {
      const bytes = bytesOf(request)
      this.#budget.change(bytes)
      waiting.push({ bytes, begin })
    } else socket.destroy()
  }

  #next(socket: Socket): void {
    const waiting = this.#waiting.get(socket) ?? []
    const next = socket.writable ? waiting.shift() : undefined
    if (next !== undefined) {
      this.#budget.change(-next.bytes)
      next.begin()
      return
    }
    for (const { bytes } of waiting) this.#budget.change(-bytes)
    this.#waiting.delete(socket)
  }
}

/** About what it holds while it waits. */
function bytesOf({ url = '', headers, rawHeaders }: IncomingMessage): number {
  const head = rawHeaders.reduce((sum, { length }) => sum + length, url.length)
  const isChunked = headers['transfer-encoding'] !== undefined
  const body = isChunked ? UNREAD_BYTES : Math.min(UNREAD_BYTES, Number(headers['content-length'] ?? 0))
  return REQUEST_BYTES + head + body
}
