// One simulated process: a core, and around it what the production shell does, over simulated sockets and timers.
import type { CoreEvent, Input, LinkId, MembershipCore, Message, Output } from '@rollcall/membership/internal'
import { CloseCode, isMessagesFrame, MAX_BUFFERED_BYTES } from '@rollcall/membership/internal'
import type { SimCodec } from './codec.ts'
import { EventLoop } from './event-loop.ts'
import { SimSessions, type SimSessionsOptions } from './messages/sim-sessions.ts'
import { type Host, type Listener, type Network, splitAddress } from './network.ts'
import type { ProcessTotals } from './process-totals.ts'
import { SimWake } from './sim-wake.ts'
import { SimWebSocket, type WebSocketOwner } from './sim-web-socket.ts'
import type { Socket } from './socket.ts'

/** What a simulated process needs. */
export interface ProcessOptions {
  readonly network: Network
  readonly codec: SimCodec
  readonly host: Host
  /** `ip:port` it listens on. */
  readonly address: string
  /** What this process's own clock shows at virtual time 0. */
  readonly clockOffsetMs: number
  /** Makes the core; `now` is the process's own time. */
  createCore(now: number): MembershipCore
  /** What it says to others, and how that is carried; by default it says nothing. */
  readonly messages?: Pick<SimSessionsOptions, 'createSessions' | 'handlers'> | undefined
  /** Called for each event of the core. */
  onEvent(event: CoreEvent): void
  /** Called for each message before it is sent. */
  onSend?(message: Message, link: LinkId): void
  /** Called for each message before the core is given it. */
  onReceive?(message: Message, link: LinkId): void
  /** Called with everything that goes in and comes out, for a full trace. */
  trace?(what: Input | Output): void
}

/** Calls of the application that every peer is told of at once. */
const callsToldToAll = new Set<Input['type']>(['set-metadata', 'forget', 'announce-leaving'])

/** A process cannot go on for longer than this after it has said its goodbyes. */
const LINGER_MS = 1000

/** One life of one member. */
export class SimProcess {
  readonly loop: EventLoop
  readonly core: MembershipCore
  readonly host: Host
  readonly address: string
  readonly sessions: SimSessions | undefined
  readonly totals: ProcessTotals = { dials: 0, frames: 0, bytes: 0, wakes: 0, inputs: 0, calls: 0 }
  /** Why the core has stopped, once it has. */
  stopped: 'left' | 'superseded' | undefined
  /** When it was last given a frame, in virtual time. */
  heardAt = Number.NEGATIVE_INFINITY
  /** When the process ended, in virtual time. */
  endedAt: number | undefined
  readonly #options: ProcessOptions
  readonly #listener: Listener
  readonly #dialed: WebSocketOwner
  readonly #incoming: WebSocketOwner
  readonly #links = new Map<LinkId, SimWebSocket>()
  readonly #accepted = new Set<SimWebSocket>()
  #nextAcceptedId = -1
  readonly #wake: SimWake
  /** What waits to go out, while messages are held. */
  #held: Output[] | undefined

  constructor(options: ProcessOptions) {
    this.#options = options
    this.host = options.host
    this.address = options.address
    this.loop = new EventLoop(options.network.clock)
    this.sessions =
      options.messages &&
      new SimSessions({ ...options.messages, loop: this.loop, input: (heard) => this.input(heard) })
    this.#listener = {
      loop: this.loop,
      waiting: 0,
      accept: (socket) => this.#accepted.add(new SimWebSocket(this.#incoming, socket)),
    }
    this.#dialed = this.#ownerOfDialed()
    this.#incoming = this.#ownerOfIncoming()
    this.host.listeners.set(splitAddress(options.address).port, this.#listener)
    this.core = options.createCore(this.now)
    this.#wake = new SimWake(
      this.loop,
      options.clockOffsetMs,
      () => this.core.wakeAt,
      () => {
        this.totals.wakes++
        this.input({ type: 'wake' })
      },
    )
    this.#wake.update()
  }

  /** The process's own monotonic clock. */
  get now(): number {
    return this.loop.now + this.#options.clockOffsetMs
  }

  /** Whether the process exists (frozen ones do) and its core has not stopped. */
  get isLive(): boolean {
    return this.loop.state !== 'dead' && this.stopped === undefined
  }

  /** The sockets of the open links. */
  openSockets(): Socket[] {
    return [...this.#links.values()].filter(({ state }) => state === 'open').map(({ socket }) => socket)
  }

  /** The open links. */
  openLinks(): LinkId[] {
    return [...this.#links.values()].filter(({ state }) => state === 'open').map(({ link }) => link)
  }

  /** Dials, links and connections held at present. */
  get sockets(): number {
    return this.#links.size + this.#accepted.size
  }

  /** Gives the core an input and does what it wants done. */
  input(input: Input): void {
    if (!this.isLive) return
    this.totals.inputs++
    if (callsToldToAll.has(input.type)) this.totals.calls++
    this.#options.trace?.(input)
    if (input.type === 'leave') this.sessions?.sessions.flush()
    const outputs = this.core.handle(input, this.now)
    for (const output of outputs) this.#perform(output)
    if (this.isLive) this.#wake.update()
  }

  /** Ends the process at once (SIGKILL); its kernel closes what it had open. */
  kill(): void {
    this.endedAt ??= this.loop.now
    this.loop.die()
    this.host.listeners.delete(splitAddress(this.address).port)
    for (const socket of [...this.host.sockets]) if (socket.loop === this.loop) socket.destroy()
  }

  /** From now on its messages wait, in and out, while its timers run on. */
  holdMessages(): void {
    this.#held ??= []
    this.loop.holdReading()
  }

  /** All that has waited goes out, and then comes in. */
  releaseMessages(): void {
    const held = this.#held ?? []
    this.#held = undefined
    if (this.isLive) for (const output of held) this.#perform(output)
    this.loop.resumeReading()
  }

  /** Resets every connection of the process, as a proxy in between can. */
  resetLinks(): void {
    this.#options.network.resetLinks(this.host, this.loop)
  }

  #perform(output: Output): void {
    if (this.#held !== undefined && isForPeers(output)) {
      this.#held.push(output)
      return
    }
    this.#options.trace?.(output)
    this.sessions?.perform(output)
    switch (output.type) {
      case 'dial':
        this.#dial(output.link, output.address, output.connectTimeoutMs)
        break
      case 'send':
        this.#send(output.link, output.message)
        break
      case 'close':
        this.#links.get(output.link)?.close(output.code)
        break
      case 'drain':
        this.loop.whenDrained(() => this.input({ type: 'drained' }))
        break
      case 'event':
        this.#options.onEvent(output.event)
        break
      case 'stopped':
        this.#stop(output.reason)
        break
      case 'log':
        break
    }
  }

  #send(id: LinkId, message: Message): void {
    const link = this.#links.get(id)
    if (link?.state !== 'open') return
    this.#options.onSend?.(message, id)
    for (const frame of this.#options.codec.encodeFrames(message)) {
      this.totals.frames++
      this.totals.bytes += frame.length
      link.send(frame)
    }
    if (link.bufferedBytes > MAX_BUFFERED_BYTES) link.terminate(CloseCode.slow)
  }

  #dial(link: LinkId, address: string, connectTimeoutMs: number): void {
    const { network } = this.#options
    this.totals.dials++
    const socket = new SimWebSocket(this.#dialed, network.connect(this.host, this.loop, address), link)
    socket.giveUpAt(this.loop.now + connectTimeoutMs)
    this.#links.set(link, socket)
  }

  #ownerOfDialed(): WebSocketOwner {
    return {
      connected: ({ link }) => this.input({ type: 'dial-connected', link }),
      failed: ({ link }, why) => {
        this.#links.delete(link)
        this.input({ type: 'dial-failed', link, why })
      },
      opened: (socket) => this.#onOpened(socket),
      data: ({ link }, bytes) => this.#onFrame(link, bytes),
      closed: ({ link }, code) => this.#onClosed(link, code),
    }
  }

  #ownerOfIncoming(): WebSocketOwner {
    return {
      connected: () => {
        this.#listener.waiting--
      },
      failed: (socket) => this.#accepted.delete(socket),
      opened: (socket) => {
        const link = this.#nextAcceptedId--
        socket.link = link
        this.#accepted.delete(socket)
        this.#links.set(link, socket)
        this.#onOpened(socket)
      },
      data: ({ link }, bytes) => this.#onFrame(link, bytes),
      closed: ({ link }, code) => this.#onClosed(link, code),
    }
  }

  #onOpened(socket: SimWebSocket): void {
    this.sessions?.opened(socket.link, socket)
    this.input({ type: 'link-opened', link: socket.link })
  }

  #onFrame(link: LinkId, bytes: Uint8Array): void {
    this.heardAt = this.loop.now
    if (isMessagesFrame(bytes)) {
      if (this.isLive) this.sessions?.received(link, bytes)
      return
    }
    const decoded = this.#options.codec.decodeFrame(bytes)
    if (decoded.type === 'message' && decoded.message.type === 'last') this.sessions?.receivedLast(link)
    if (decoded.type === 'message') {
      if (this.isLive) this.#options.onReceive?.(decoded.message, link)
      this.input({ type: 'frame', link, message: decoded.message })
    } else if (decoded.type === 'unknown-frame') this.input({ type: 'unknown-frame', link })
    else throw new Error(`A frame of our own does not decode: ${decoded.type}, ${decoded.detail}`)
  }

  #onClosed(link: LinkId, code: number | undefined): void {
    this.#links.delete(link)
    if (this.isLive) this.sessions?.closed(link)
    this.input({ type: 'link-closed', link, end: code === undefined ? {} : { code } })
  }

  /** The core is done: nothing is listened to any more, links are closed, and then the process ends. */
  #stop(reason: 'left' | 'superseded'): void {
    this.stopped = reason
    this.#wake.clear()
    this.host.listeners.delete(splitAddress(this.address).port)
    for (const link of this.#links.values()) link.close(CloseCode.left)
    this.loop.setTimer(this.loop.now + LINGER_MS, () => this.kill())
  }
}

function isForPeers({ type }: Output): boolean {
  return type === 'send' || type === 'dial' || type === 'close'
}
