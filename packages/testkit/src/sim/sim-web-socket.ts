// A WebSocket over a simulated connection, as the production shell would meet it: the upgrade needs both processes
// to run, close frames are echoed, and the end is reported exactly once.
import type { EventLoop, LoopTimer } from './event-loop.ts'
import type { Arrival } from './segment.ts'
import type { Socket } from './socket.ts'

/** Why a dial ended without a WebSocket. */
export type DialEnd = 'refused' | 'unreachable' | 'timeout' | 'other'

/** What the owner of a WebSocket is told. */
export interface WebSocketOwner {
  connected(): void
  /** A dial, or an accepted connection, ended without becoming a link. */
  failed(why: DialEnd): void
  opened(): void
  data(bytes: Uint8Array): void
  /** Once for each opened; `code` is that of the other side's close frame. */
  closed(code: number | undefined): void
}

/** How long the other side may take to answer a close frame. */
const CLOSE_TIMEOUT_MS = 1000

/** One WebSocket, from the dial or the accepted connection to its end. */
export class SimWebSocket {
  readonly socket: Socket
  readonly #loop: EventLoop
  readonly #owner: WebSocketOwner
  #state: 'dialing' | 'upgrading' | 'accepting' | 'open' | 'closing' | 'closed'
  #timer: LoopTimer | undefined

  /** @param dial opens a socket (for a dial), or the socket accepted */
  constructor(
    loop: EventLoop,
    owner: WebSocketOwner,
    source: Socket | ((onArrival: (arrival: Arrival) => void) => Socket),
  ) {
    this.#loop = loop
    this.#owner = owner
    const isDial = typeof source === 'function'
    this.#state = isDial ? 'dialing' : 'accepting'
    this.socket = isDial ? source((arrival) => this.handle(arrival)) : source
  }

  get state(): 'dialing' | 'upgrading' | 'accepting' | 'open' | 'closing' | 'closed' {
    return this.#state
  }

  /** Gives an unanswered dial up at a time of the virtual clock. */
  giveUpAt(at: number): void {
    this.#timer = this.#loop.setTimer(at, () => {
      if (this.#state === 'dialing') this.#end(() => this.#owner.failed('timeout'))
    })
  }

  /** Takes one arrival from the socket. */
  handle(arrival: Arrival): void {
    switch (arrival.type) {
      case 'connected':
        this.#connected()
        break
      case 'refused':
      case 'unreachable':
        this.#end(() => this.#owner.failed(arrival.type))
        break
      case 'upgrade-request':
        this.socket.send({ type: 'upgrade-response' })
        this.#open()
        break
      case 'upgrade-response':
        this.#open()
        break
      case 'data':
        if (this.#state === 'open' || this.#state === 'closing') this.#owner.data(arrival.bytes)
        break
      case 'close-frame':
        if (this.#state === 'open') this.socket.send(arrival)
        this.#end(() => this.#owner.closed(arrival.code))
        break
      case 'end':
        this.#broken()
        break
    }
  }

  /** Sends a data frame; dropped unless open. */
  send(bytes: Uint8Array): void {
    if (this.#state === 'open') this.socket.send({ type: 'data', bytes })
  }

  /** Closes with a code after what was sent before, or gives up a dial. The end is still reported. */
  close(code: number): void {
    if (this.#state === 'open') {
      this.#state = 'closing'
      this.socket.send({ type: 'close-frame', code })
      this.#timer = this.#loop.setTimer(this.#loop.now + CLOSE_TIMEOUT_MS, () =>
        this.#end(() => this.#owner.closed(undefined)),
      )
    } else if (this.#state === 'dialing' || this.#state === 'upgrading') {
      this.#state = 'closing'
      this.socket.destroy()
      this.#loop.readable({ read: () => this.#end(() => this.#owner.failed('other')) })
    }
  }

  /** Bytes that wait in the process to be sent. */
  get bufferedBytes(): number {
    return this.socket.waitingBytes
  }

  /** Ends it without a word to the other side; the owner is told that it closed with `code`. */
  terminate(code: number): void {
    if (this.#state !== 'open') return
    this.#state = 'closing'
    this.socket.destroy()
    this.#loop.readable({ read: () => this.#end(() => this.#owner.closed(code)) })
  }

  #connected(): void {
    this.#clearTimer()
    this.#state = 'upgrading'
    this.socket.send({ type: 'upgrade-request' })
    this.#owner.connected()
  }

  #open(): void {
    this.#state = 'open'
    this.#owner.opened()
  }

  #broken(): void {
    const wasOpen = this.#state === 'open' || this.#state === 'closing'
    this.#end(() => (wasOpen ? this.#owner.closed(undefined) : this.#owner.failed('other')))
  }

  #end(tell: () => void): void {
    if (this.#state === 'closed') return
    this.#clearTimer()
    this.#state = 'closed'
    this.socket.destroy()
    tell()
  }

  #clearTimer(): void {
    this.#loop.clearTimer(this.#timer)
    this.#timer = undefined
  }
}
