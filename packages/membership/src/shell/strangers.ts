// Accepted connections that have not yet said hello: few at once, for a short time, and with little to say. So
// whoever can reach the port can make us hold only so much.
import type { Socket } from 'node:net'

/** Most connections without a hello at once. A start of a few hundred members stays below it. */
export const MAX_STRANGERS = 512
/** Most time a connection may take to ask for a WebSocket. After that the core's `helloTimeoutMs` counts. */
const UPGRADE_TIMEOUT_MS = 5000
/** Most bytes before the hello: a hello with the largest metadata, and the HTTP request before it. */
const MAX_BYTES_BEFORE_HELLO = 128 * 1024

/** Why a stranger was cut off. */
export type StrangerRefusal = 'busy' | 'upgrade-timeout' | 'too-much-before-hello'

interface Stranger {
  timer: NodeJS.Timeout | undefined
  readonly onData: () => void
  readonly onClose: () => void
}

/** The connections that have yet to say who they are. */
export class Strangers {
  readonly #waiting = new Map<Socket, Stranger>()
  readonly #refused: (why: StrangerRefusal, socket: Socket) => void

  constructor(refused: (why: StrangerRefusal, socket: Socket) => void) {
    this.#refused = refused
  }

  /** Takes a connection in, or destroys it when there are too many. */
  admit(socket: Socket): boolean {
    if (this.#waiting.has(socket)) return true
    if (this.#waiting.size >= MAX_STRANGERS) {
      this.#refuse(socket, 'busy')
      return false
    }
    const stranger: Stranger = {
      timer: setTimeout(() => this.#refuse(socket, 'upgrade-timeout'), UPGRADE_TIMEOUT_MS),
      onData: () => {
        if (socket.bytesRead > MAX_BYTES_BEFORE_HELLO) this.#refuse(socket, 'too-much-before-hello')
      },
      onClose: () => this.met(socket),
    }
    this.#waiting.set(socket, stranger)
    socket.once('close', stranger.onClose)
    return true
  }

  /** It became a WebSocket, and still has to say hello. */
  upgraded(socket: Socket): void {
    const stranger = this.#waiting.get(socket)
    if (stranger === undefined) return
    clearTimeout(stranger.timer)
    stranger.timer = undefined
    socket.on('data', stranger.onData)
  }

  /** It said hello, or is gone. */
  met(socket: Socket): void {
    const stranger = this.#waiting.get(socket)
    if (stranger === undefined) return
    this.#waiting.delete(socket)
    clearTimeout(stranger.timer)
    socket.off('data', stranger.onData)
    socket.off('close', stranger.onClose)
  }

  /** Destroys those that did not become a WebSocket; the others are links, and closed as such. */
  close(): void {
    for (const [socket, stranger] of this.#waiting) if (stranger.timer !== undefined) socket.destroy()
  }

  #refuse(socket: Socket, why: StrangerRefusal): void {
    this.#refused(why, socket)
    socket.destroy()
  }
}
