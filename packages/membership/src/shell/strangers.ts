// Accepted connections whose hello has not been accepted yet: few at once, fewer from one address, for a short time, and
// with little to say. So whoever can reach the port can make us hold only so much. A newcomer is let in always, and the
// oldest one is dropped for it where there are too many: an honest handshake takes milliseconds, and those that fill the
// room stay until somebody drops them.
import type { Socket } from 'node:net'
import type { Limits } from '../limits.ts'

/** Most bytes between the upgrade and the hello: a hello with the largest metadata, and more. */
const MAX_BYTES_BEFORE_HELLO = 128 * 1024

/** Connections of one address in a second that are taken in, however many come. */
const ALWAYS_PER_SECOND = 4

/** Why a stranger was cut off: too many in all, or from its address; it took too long, or said too much. */
export type StrangerRefusal = 'busy' | 'busy-address' | 'handshake-timeout' | 'too-much-before-hello'

export type StrangerLimits = Pick<
  Limits,
  'pendingHandshakes' | 'pendingHandshakesPerAddress' | 'handshakeTimeoutMs'
>

interface Stranger {
  readonly socket: Socket
  /** What is read from it: the connection itself, or TLS over it. */
  stream: Socket
  readonly address: string
  readonly timer: NodeJS.Timeout
  readonly forget: () => void
  /** Ends it as what it has become; until then by destroying its socket. */
  end: () => void
  onData: (() => void) | undefined
}

/** The connections that have yet to say who they are. */
export class Strangers {
  readonly #limits: StrangerLimits
  readonly #waiting = new Map<Socket, Stranger>()
  /** Those of each address, the oldest first. */
  readonly #byAddress = new Map<string, Set<Stranger>>()
  #secondSince = Number.NEGATIVE_INFINITY
  #inSecond = 0
  readonly #inSecondByAddress = new Map<string, number>()
  readonly #refused: (why: StrangerRefusal, socket: Socket) => void

  constructor(limits: StrangerLimits, refused: (why: StrangerRefusal, socket: Socket) => void) {
    this.#limits = limits
    this.#refused = refused
  }

  /** Takes a connection in, once. False when it is gone: there have been too many in this second. */
  admit(socket: Socket): boolean {
    if (this.#waiting.has(socket)) return true
    const address = addressGroup(socket.remoteAddress ?? '')
    if (!this.#mayCome(address)) {
      this.#refused('busy', socket)
      socket.destroy()
    }
    if (socket.destroyed) return false
    this.#makeRoom(address)
    const forget = () => this.met(socket)
    const stranger: Stranger = {
      ...{ socket, stream: socket, address, forget, onData: undefined },
      timer: setTimeout(() => this.#onTimeout(stranger), this.#limits.handshakeTimeoutMs),
      end: () => socket.destroy(),
    }
    socket.once('close', forget)
    this.#waiting.set(socket, stranger)
    const same = this.#byAddress.get(address)
    if (same === undefined) this.#byAddress.set(address, new Set([stranger]))
    else same.add(stranger)
    return true
  }

  /** It became a WebSocket over this stream, and still has to say hello; `end` closes it when that takes too long. */
  upgraded(socket: Socket, stream: Socket, end: () => void): void {
    const stranger = this.#waiting.get(socket)
    if (stranger === undefined) return
    stranger.end = end
    stranger.stream = stream
    // A host's connection may have served other requests before.
    const most = socket.bytesRead + MAX_BYTES_BEFORE_HELLO
    stranger.onData = () => {
      if (socket.bytesRead > most) this.#refuse(stranger, 'too-much-before-hello')
    }
    stream.on('data', stranger.onData)
  }

  /** Its hello was accepted, or it is gone. */
  met(socket: Socket): void {
    const stranger = this.#waiting.get(socket)
    if (stranger === undefined) return
    this.#waiting.delete(socket)
    const same = this.#byAddress.get(stranger.address)
    same?.delete(stranger)
    if (same?.size === 0) this.#byAddress.delete(stranger.address)
    clearTimeout(stranger.timer)
    socket.off('close', stranger.forget)
    if (stranger.onData !== undefined) stranger.stream.off('data', stranger.onData)
  }

  /** Destroys those that did not become a WebSocket; the others are links, and closed as such. */
  close(): void {
    for (const [socket, { onData }] of this.#waiting) if (onData === undefined) socket.destroy()
  }

  /**
   * Each connection takes memory and time, whatever becomes of it. So of more in a second than may wait at once, only the
   * first few of each address are looked at.
   */
  #mayCome(address: string): boolean {
    const now = performance.now()
    if (now - this.#secondSince >= 1000) {
      this.#secondSince = now
      this.#inSecond = 0
      this.#inSecondByAddress.clear()
    }
    const ofAddress = (this.#inSecondByAddress.get(address) ?? 0) + 1
    this.#inSecondByAddress.set(address, ofAddress)
    if (this.#inSecond >= this.#limits.pendingHandshakes && ofAddress > ALWAYS_PER_SECOND) return false
    this.#inSecond++
    return true
  }

  #makeRoom(address: string): void {
    const same = this.#byAddress.get(address)
    if (same !== undefined && same.size >= this.#limits.pendingHandshakesPerAddress) {
      this.#refuse(first(same), 'busy-address')
    } else if (this.#waiting.size >= this.#limits.pendingHandshakes) {
      this.#refuse(this.#oldestOfMost(), 'busy')
    }
  }

  /** The oldest of the address that has the most; of several such, of the one that has had some for longest. */
  #oldestOfMost(): Stranger | undefined {
    let most: Set<Stranger> | undefined
    for (const same of this.#byAddress.values()) if (same.size > (most?.size ?? 0)) most = same
    return first(most)
  }

  /** After a stall timers run first, and a hello that has come waits to be read. */
  #onTimeout(stranger: Stranger): void {
    setImmediate(() => {
      if (!this.#waiting.has(stranger.socket)) return
      this.#refused('handshake-timeout', stranger.socket)
      stranger.end()
    })
  }

  #refuse(stranger: Stranger | undefined, why: StrangerRefusal): void {
    if (stranger === undefined) return
    this.#refused(why, stranger.socket)
    this.met(stranger.socket)
    stranger.socket.destroy()
  }
}

function first(strangers: Set<Stranger> | undefined): Stranger | undefined {
  for (const stranger of strangers ?? []) return stranger
  return undefined
}

/** Whose address it is: of IPv6 the first half, since whoever has one address there has 2^64. */
export function addressGroup(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address
  const [front = '', back] = address.split('%', 1)[0]?.split('::') ?? []
  const groups = front === '' ? [] : front.split(':')
  if (back !== undefined) {
    const behind = back === '' ? 0 : back.split(':').length
    while (groups.length + behind < 8) groups.push('0')
  }
  return `${groups.slice(0, 4).join(':')}::/64`
}
