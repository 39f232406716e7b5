// A WebSocket over a simulated connection, as the production shell would meet it: the upgrade needs both processes
// to run, close frames are echoed, and the end is reported exactly once.
import type { LinkId } from '@rollcall/membership/internal'
import type { EventLoop, LoopTimer } from './event-loop.ts'
import type { Arrival } from './segment.ts'
import type { Reader, Socket } from './socket.ts'

/** Why a dial ended without a WebSocket. */
export type DialEnd = 'refused' | 'unreachable' | 'timeout' | 'other'

/** What the owner of WebSockets is told of each. One object serves all of a process: there are N² of them. */
export interface WebSocketOwner {
  /** The TCP connection of a dial stands, or the process has found one that its kernel had accepted. */
  connected(socket: SimWebSocket): void
  /** A dial, or an accepted connection, ended without becoming a link. */
  failed(socket: SimWebSocket, why: DialEnd): void
  opened(socket: SimWebSocket): void
  data(socket: SimWebSocket, bytes: Uint8Array): void
  /** Once for each opened; `code` is that of the other side's close frame. */
  closed(socket: SimWebSocket, code: number | undefined): void
}

/** How long the other side may take to answer a close frame. */
const CLOSE_TIMEOUT_MS = 1000

/** One WebSocket, from the dial or the accepted connection to its end. */
export class SimWebSocket implements Reader {
  readonly socket: Socket
  /** What the core calls it; that of an accepted one is given when it opens. */
  link: LinkId
  readonly #loop: EventLoop
  readonly #owner: WebSocketOwner
  #state: 'dialing' | 'upgrading' | 'accepting' | 'open' | 'closing' | 'closed'
  #timer: LoopTimer | undefined

  /** `link` is that of a dial; undefined for a connection accepted. */
  constructor(owner: WebSocketOwner, socket: Socket, link?: LinkId) {
    this.#loop = socket.loop
    this.#owner = owner
    this.#state = link === undefined ? 'accepting' : 'dialing'
    this.link = link ?? 0
    this.socket = socket
    socket.reader = this
  }

  get state(): 'dialing' | 'upgrading' | 'accepting' | 'open' | 'closing' | 'closed' {
    return this.#state
  }

  /** Gives an unanswered dial up at a time of the virtual clock. */
  giveUpAt(at: number): void {
    this.#timer = this.#loop.setTimer(at, () => {
      if (this.#state === 'dialing') this.#fail('timeout')
    })
  }

  /** Takes one arrival from the socket. */
  handle(arrival: Arrival): void {
    switch (arrival.type) {
      case 'accepted':
        this.#owner.connected(this)
        break
      case 'connected':
        this.#connected()
        break
      case 'refused':
      case 'unreachable':
        this.#fail(arrival.type)
        break
      case 'upgrade-request':
        this.socket.send({ type: 'upgrade-response' })
        this.#open()
        break
      case 'upgrade-response':
        this.#open()
        break
      case 'data':
        if (this.#state === 'open' || this.#state === 'closing') this.#owner.data(this, arrival.bytes)
        break
      case 'close-frame':
        if (this.#state === 'open') this.socket.send(arrival)
        this.#close(arrival.code)
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
      this.#timer = this.#loop.setTimer(this.#loop.now + CLOSE_TIMEOUT_MS, () => this.#close(undefined))
    } else if (this.#state === 'dialing' || this.#state === 'upgrading') {
      this.#state = 'closing'
      this.socket.destroy()
      this.#loop.readable({ read: () => this.#fail('other') })
    }
  }

  /** Bytes that wait in the process to be sent. */
  get bufferedBytes(): number {
    return this.socket.waitingBytes
  }

  /** Ends it without a word to the other side; the owner is told that it closed with `code`. */
  terminate(code?: number): void {
    if (this.#state !== 'open') return
    this.#state = 'closing'
    this.socket.destroy()
    this.#loop.readable({ read: () => this.#close(code) })
  }

  #connected(): void {
    this.#clearTimer()
    this.#state = 'upgrading'
    this.socket.send({ type: 'upgrade-request' })
    this.#owner.connected(this)
  }

  #open(): void {
    this.#state = 'open'
    this.#owner.opened(this)
  }

  #broken(): void {
    if (this.#state === 'open' || this.#state === 'closing') this.#close(undefined)
    else this.#fail('other')
  }

  #fail(why: DialEnd): void {
    if (this.#end()) this.#owner.failed(this, why)
  }

  #close(code: number | undefined): void {
    if (this.#end()) this.#owner.closed(this, code)
  }

  /** Returns whether it had not ended before. */
  #end(): boolean {
    if (this.#state === 'closed') return false
    this.#clearTimer()
    this.#state = 'closed'
    this.socket.destroy()
    return true
  }

  #clearTimer(): void {
    this.#loop.clearTimer(this.#timer)
    this.#timer = undefined
  }
}
