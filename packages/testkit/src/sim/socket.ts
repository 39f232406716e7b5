// One end of a simulated TCP connection, and the pipe that carries its bytes to the other end: in order, late, while the
// way is cut not at all until a retransmission passes, and never more of them than the two kernels have room for.
import type { EventLoop, Readable } from './event-loop.ts'
import type { Host, Network } from './network.ts'
import { FIRST_RETRANSMIT_MS, nextRetransmitAt, type Route } from './routes.ts'
import type { Arrival, Segment } from './segment.ts'
import type { Scheduled } from './virtual-clock.ts'

/** What a process does with what it finds on a socket. */
export interface Reader {
  /** Called by the process's loop for each thing that has arrived, in order. */
  handle(arrival: Arrival): void
}

/** A thousand members have a million ends of connections, most with nothing in their queues. */
const NOTHING: never[] = []

/** A queue with one more in it: a new one where there was none. */
function queued<T>(queue: T[], item: T): T[] {
  if (queue === NOTHING) return [item]
  queue.push(item)
  return queue
}

/** One end of a connection. */
export class Socket implements Readable {
  readonly host: Host
  readonly loop: EventLoop
  reader: Reader | undefined
  /** When the SYN is sent again, until the connection stands. */
  synAgain: Scheduled | undefined
  /** The other end, once the SYN has got there. */
  peer: Socket | undefined
  /** What we send. */
  outbound: Pipe | undefined
  isDestroyed = false
  #inbox: Arrival[] = NOTHING

  constructor(host: Host, loop: EventLoop) {
    this.host = host
    this.loop = loop
    host.sockets.add(this)
  }

  /** Called by the kernel. */
  arrive(arrival: Arrival): void {
    if (this.isDestroyed) return
    this.#inbox = queued(this.#inbox, arrival)
    if (this.#inbox.length === 1) this.loop.readable(this)
  }

  read(): void {
    const inbox = this.#inbox
    this.#inbox = NOTHING
    for (const next of inbox) {
      if (this.isDestroyed) return
      if (next.type === 'data') this.peer?.outbound?.wasRead(next.bytes.length)
      this.reader?.handle(next)
    }
  }

  /** Bytes that wait in the process because its kernel takes no more; `bufferedAmount` of a WebSocket. */
  get waitingBytes(): number {
    return this.outbound?.waitingBytes ?? 0
  }

  /** Sends; dropped when this end is closed or was never connected. */
  send(segment: Segment): void {
    if (!this.isDestroyed) this.outbound?.send(segment)
  }

  /** Closes this end: the other end is told after all that was sent before; nothing more arrives here. */
  destroy(): void {
    if (this.isDestroyed) return
    this.outbound?.end()
    this.vanish()
  }

  /** Our kernel has forgotten the connection: our process finds it broken, the other end is reset when it next sends. */
  forget(): void {
    if (this.isDestroyed) return
    this.vanish()
    this.loop.readable({ read: () => this.reader?.handle({ type: 'end' }) })
  }

  /** A NAT or firewall in between has forgotten the connection: nothing passes any more, and neither end is told. */
  block(): void {
    this.outbound?.block()
    this.peer?.outbound?.block()
  }

  /** Whether the other end can still be heard, as far as the connection itself goes. */
  get isWhole(): boolean {
    return !this.isDestroyed && this.peer?.isDestroyed === false && this.outbound?.isBlocked === false
  }

  /** Until when a cut has held up what either end sent, in ms: now, while some of it waits to be sent again; 0 for never. */
  get heldUpUntil(): number {
    return Math.max(this.outbound?.heldUpUntil ?? 0, this.peer?.outbound?.heldUpUntil ?? 0)
  }

  /** This end is gone without a word. */
  vanish(): void {
    this.isDestroyed = true
    this.#inbox = NOTHING
    this.host.sockets.delete(this)
  }
}

/** One direction of a connection. */
export class Pipe {
  readonly #network: Network
  readonly #from: Socket
  readonly #to: Socket
  readonly #route: Route
  readonly #back: Route
  #lastArrivalAt = 0
  /** What has been sent and does not get through; everything later queues behind it. */
  #stalled: Segment[] = NOTHING
  #stalledSince = 0
  #flushedAt = 0
  /** A retransmission that will pass is due. */
  isRetrying = false
  /** Nothing will ever pass. */
  isBlocked = false
  /** Bytes in the two kernels and between them: sent, and not yet read by the process at the other end. */
  #unreadBytes = 0
  /** What waits in the sending process for room in its kernel. */
  #waiting: Segment[] = NOTHING
  waitingBytes = 0

  constructor(network: Network, from: Socket, to: Socket) {
    this.#network = network
    this.#from = from
    this.#to = to
    this.#route = network.routes.between(from.host.ip, to.host.ip)
    this.#back = network.routes.between(to.host.ip, from.host.ip)
  }

  send(segment: Segment): void {
    const size = sizeOf(segment)
    const { sendBufferBytes, receiveBufferBytes } = this.#network.options
    const isFull = this.#unreadBytes > 0 && this.#unreadBytes + size > sendBufferBytes + receiveBufferBytes
    if (this.#waiting.length === 0 && !isFull) {
      this.#transmit(segment)
      return
    }
    this.#waiting = queued(this.#waiting, segment)
    this.waitingBytes += size
  }

  /** The process at the other end has read this much; its kernel says so. */
  wasRead(bytes: number): void {
    this.#unreadBytes -= bytes
    if (this.#waiting.length === 0) return
    this.#network.clock.after(this.#back.latencyMs, () => {
      this.#from.loop.readable({ read: () => this.#sendWaiting() })
    })
  }

  /** The sender closes: its kernel still sends what it has, what waits in the process is lost. */
  end(): void {
    this.#waiting = NOTHING
    this.waitingBytes = 0
    this.#transmit({ type: 'end' })
  }

  /** Until when a cut has held up what was sent: now, while some of it waits to be sent again. */
  get heldUpUntil(): number {
    return this.#stalled.length > 0 ? this.#network.clock.now : this.#flushedAt
  }

  /** Lets nothing pass from now on. */
  block(): void {
    this.isBlocked = true
  }

  #sendWaiting(): void {
    const waiting = this.#waiting
    this.#waiting = NOTHING
    this.waitingBytes = 0
    for (const segment of waiting) this.send(segment)
  }

  #transmit(segment: Segment): void {
    this.#unreadBytes += sizeOf(segment)
    const { clock, routes } = this.#network
    const at = Math.max(this.#lastArrivalAt, clock.now + routes.packetMs(this.#route))
    this.#lastArrivalAt = at
    clock.at(at, () => this.#arrive(segment))
  }

  /** Called when something about the network has changed: looks whether a retransmission will pass. */
  retry(): void {
    if (this.isRetrying || !this.#canRetry()) return
    this.isRetrying = true
    const { clock, routes } = this.#network
    const at = nextRetransmitAt(this.#stalledSince, clock.now) + routes.packetMs(this.#route)
    clock.at(at, () => this.#flush())
  }

  #arrive(segment: Segment): void {
    if (this.#stalled.length > 0 || !this.#passes()) this.#stall(segment)
    else this.#deliver(segment)
  }

  #flush(): void {
    this.isRetrying = false
    if (!this.#canRetry()) return
    this.#network.stalled.delete(this)
    this.#flushedAt = this.#network.clock.now
    const stalled = this.#stalled
    this.#stalled = NOTHING
    for (const segment of stalled) this.#deliver(segment)
  }

  /** A kernel that is gone sends nothing again. */
  #canRetry(): boolean {
    return !this.#from.host.isGone && this.#passes()
  }

  #deliver(segment: Segment): void {
    if (!this.#to.isDestroyed) this.#to.arrive(segment)
    // The kernel there knows nothing of this connection (any more), or is another host's by now: it answers with a reset.
    else if (segment.type !== 'end') {
      this.#network.clock.after(this.#back.latencyMs, () => this.#from.arrive({ type: 'end' }))
    }
  }

  /**
   * Without acks a sender stalls too: only what it sent before its first retransmission still gets through. A host
   * that is gone gets nothing, unless another one has taken its address.
   */
  #passes(): boolean {
    const { clock, hosts } = this.#network
    if (this.isBlocked || this.#route.cuts > 0) return false
    if (this.#back.cuts > 0 && clock.now > this.#back.cutSince + FIRST_RETRANSMIT_MS) return false
    return !this.#to.host.isGone || hosts.has(this.#to.host.ip)
  }

  #stall(segment: Segment): void {
    if (this.#from.host.isGone) return
    this.#stalled = queued(this.#stalled, segment)
    if (this.#stalled.length > 1) return
    const { clock, stalled, options } = this.#network
    const since = clock.now
    this.#stalledSince = since
    stalled.add(this)
    clock.after(options.giveUpMs, () => {
      if (!stalled.has(this) || this.#stalledSince !== since) return
      stalled.delete(this)
      this.#stalled = NOTHING
      this.#from.arrive({ type: 'end' })
    })
  }
}

/** What counts against the kernels' buffers. */
function sizeOf(segment: Segment): number {
  return segment.type === 'data' ? segment.bytes.length : 0
}
