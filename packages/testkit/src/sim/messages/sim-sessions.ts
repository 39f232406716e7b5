// The sessions of one simulated process, tied to its links as the production shell ties them, and what is known of links
// that may have lost something.
import {
  CloseCode,
  type Input,
  type LinkId,
  type Output,
  type SessionHandlers,
  type Sessions,
  type SessionsOptions,
} from '@rollcall/membership/internal'
import type { EventLoop } from '../event-loop.ts'
import type { SimWebSocket } from '../sim-web-socket.ts'

/** How often at most the core is told that messages come, as in production. */
const HEARD_EVERY_MS = 50

/** What the sessions of a process need. */
export interface SimSessionsOptions {
  createSessions(options: SessionsOptions): Sessions
  readonly handlers: SessionHandlers
  readonly loop: EventLoop
  input(input: Input): void
}

/** What is known of one link. */
interface Known {
  peer: string | undefined
  sentLast: boolean
  receivedLast: boolean
  isLost: boolean
  heardAt: number
}

/** See above. */
export class SimSessions {
  readonly sessions: Sessions
  readonly #options: SimSessionsOptions
  readonly #links = new Map<LinkId, Known>()
  readonly #losses = new Map<string, number>()

  constructor(options: SimSessionsOptions) {
    const { createSessions, handlers, loop } = options
    this.#options = options
    this.sessions = createSessions({ handlers, later: (run) => loop.readable({ read: run }) })
  }

  /** How many links with a life ended otherwise than by a `last` from both sides. */
  losses(instance: string): number {
    return this.#losses.get(instance) ?? 0
  }

  opened(id: LinkId, socket: SimWebSocket): void {
    this.#links.set(id, {
      peer: undefined,
      sentLast: false,
      receivedLast: false,
      isLost: false,
      heardAt: Number.NEGATIVE_INFINITY,
    })
    this.sessions.opened(id, {
      send: (frame) => socket.send(frame),
      cut: () => socket.terminate(CloseCode.slow),
    })
  }

  closed(id: LinkId): void {
    this.#lost(id)
    this.#links.delete(id)
    this.sessions.closed(id)
  }

  receivedLast(id: LinkId): void {
    const link = this.#links.get(id)
    if (link !== undefined) link.receivedLast = true
    this.sessions.receivedLast(id)
  }

  /** To be called before an output is performed. */
  perform(output: Output): void {
    switch (output.type) {
      case 'send':
        if (output.message.type === 'last') this.#sentLast(output.link)
        break
      case 'close':
        if (output.code === CloseCode.silent) this.#lost(output.link)
        this.sessions.closing(output.link, output.code)
        break
      case 'event':
        this.sessions.noteEvent(output.event)
        break
      case 'linked': {
        const link = this.#links.get(output.link)
        if (link !== undefined) link.peer = output.peer.instance
        this.sessions.linked(output.link, output.peer)
        break
      }
      case 'route':
        this.sessions.routed(output.peer, output.link)
    }
  }

  received(id: LinkId, frame: Uint8Array): void {
    const link = this.#links.get(id)
    const { now } = this.#options.loop
    if (link !== undefined && now - link.heardAt >= HEARD_EVERY_MS) {
      link.heardAt = now
      this.#options.input({ type: 'heard', link: id })
    }
    const wrong = this.sessions.received(id, frame)
    if (wrong !== undefined) throw new Error(`A frame of our own does not decode: ${wrong.message}`)
  }

  #sentLast(id: LinkId): void {
    const link = this.#links.get(id)
    if (link !== undefined) link.sentLast = true
    this.sessions.sentLast(id)
  }

  #lost(id: LinkId): void {
    const link = this.#links.get(id)
    if (link?.peer === undefined || link.isLost || (link.sentLast && link.receivedLast)) return
    link.isLost = true
    this.#losses.set(link.peer, this.losses(link.peer) + 1)
  }
}
