// The last connections are kept for those that ask how this pod is: when clients have taken all others, a probe that is not
// answered would have a healthy pod restarted.
import type { Socket } from 'node:net'

/** So soon one that asks nothing is ended. */
const IDLE_MS = 1000

export class SpareConnections {
  readonly #max: number
  readonly #spare = new WeakSet<Socket>()
  #ordinary = 0

  /** @param max how many connections there are for all purposes; those beyond are spare */
  constructor(max: number) {
    this.#max = max
  }

  accept(socket: Socket): void {
    if (this.#ordinary >= this.#max) {
      this.#spare.add(socket)
      socket.setTimeout(IDLE_MS)
      return
    }
    this.#ordinary++
    socket.once('close', () => this.#ordinary--)
  }

  has(socket: Socket): boolean {
    return this.#spare.has(socket)
  }
}
