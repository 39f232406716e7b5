// All sessions of one process. The owner of the sockets hands in what happens to links and what comes on them, and performs
// what the core says about who is behind a link and which one is in use.
import { CloseCode } from '../core/close-code.ts'
import type { CoreEvent } from '../core/event.ts'
import type { Life } from '../core/identity.ts'
import type { LinkId } from '../core/input.ts'
import { PeerSession } from './peer-session.ts'
import type { Session, SessionHandlers, SessionTable } from './session.ts'
import { type LinkPort, SessionLink } from './session-link.ts'
import { TopicNames } from './topic-names.ts'
import { WireFault } from './wire-fault.ts'
import { FRAME_HEAD_BYTES, FrameKind, MARK, MAX_FRAME_BYTES } from './wire-format.ts'

/** What sessions need. */
export interface SessionsOptions {
  readonly handlers: SessionHandlers
  /** Calls back soon, when what can be posted now has been posted: all of that shares frames. */
  later(run: () => void): void
  /** Counts what is out of the ordinary. */
  count?(name: string, by?: number): void
}

/** An epoch that nobody reaches who speaks the truth: one a millisecond, for weeks. */
const MAX_EPOCH = 0x7fffffff

/** Whether a frame is one of these: the first byte tells. */
export function isMessagesFrame(frame: Uint8Array): boolean {
  return frame[0] === MARK
}

export class Sessions implements SessionTable {
  readonly #options: SessionsOptions
  readonly #topics = new TopicNames()
  readonly #links = new Map<LinkId, SessionLink>()
  /** By name: the one with its present life. */
  readonly #sessions = new Map<string, PeerSession>()
  /** Those that have something to flush. */
  #scheduled: PeerSession[] = []

  constructor(options: SessionsOptions) {
    this.#options = options
  }

  get(name: string): Session | undefined {
    return this.#sessions.get(name)
  }

  /** A link has opened. Nobody is known behind it yet. */
  opened(id: LinkId, port: LinkPort): void {
    this.#links.set(id, new SessionLink(id, port))
  }

  /** The core knows who is at the other end of a link. A process that has just started may raise its generation. */
  linked(id: LinkId, peer: Life): void {
    const link = this.#links.get(id)
    if (link === undefined) return
    const known = this.#sessions.get(peer.name)
    if (known?.peer.instance === peer.instance) {
      known.peer = peer
      link.session = known
    } else {
      if (known !== undefined) this.#end(known)
      link.session = this.#create(peer)
    }
    this.#giveUpWaiting()
  }

  /** The core uses another link with a life, or none. */
  routed(peer: Life, id: LinkId | undefined): void {
    const session = this.#sessions.get(peer.name)
    if (session?.peer.instance !== peer.instance) return
    const link = id === undefined ? undefined : this.#links.get(id)
    session.setRoute(link?.session === session && !link.isShut ? link : undefined)
  }

  /** Our `last` is about to go out on a link. */
  sentLast(id: LinkId): void {
    const link = this.#links.get(id)
    if (link === undefined) return
    link.sentLast = true
    shut(link)
  }

  /** The peer's `last` has come. */
  receivedLast(id: LinkId): void {
    const link = this.#links.get(id)
    if (link === undefined) return
    link.receivedLast = true
    this.#giveUpWaiting()
  }

  /** A link is about to be closed by us: what was posted before we leave goes out; a link given up for dead is lost. */
  closing(id: LinkId, code: number): void {
    const link = this.#links.get(id)
    if (link === undefined) return
    if (code === CloseCode.left && !link.isShut) link.session?.flushAll(link)
    shut(link)
    if (code === CloseCode.silent) this.#lost(link)
  }

  /** A link has ended, however. */
  closed(id: LinkId): void {
    const link = this.#links.get(id)
    if (link === undefined) return
    this.#links.delete(id)
    shut(link)
    this.#lost(link)
    this.#giveUpWaiting()
  }

  /** A frame of messages came on a link. Returns what is wrong with it: the link is to be closed for it. */
  received(id: LinkId, frame: Uint8Array): WireFault | undefined {
    const link = this.#links.get(id)
    if (link === undefined) return undefined
    try {
      this.#take(link, asBuffer(frame))
      return undefined
    } catch (error) {
      if (error instanceof WireFault) return error
      throw error
    }
  }

  /** The core tells something: a session ends with the life of its peer. */
  noteEvent(event: CoreEvent): void {
    if (event.type !== 'member-restarted' && event.type !== 'member-removed') return
    const { name, instance } = event.type === 'member-restarted' ? event.previous : event.member
    // A process that has just started may raise its generation, which looks like a restart.
    if (event.type === 'member-restarted' && event.member.instance === instance) return
    const session = this.#sessions.get(name)
    if (session?.peer.instance === instance) this.#end(session)
  }

  /** Sends what was posted, without waiting for the end of the turn. */
  flush(): void {
    const scheduled = this.#scheduled
    this.#scheduled = []
    for (const session of scheduled) session.flush()
  }

  #take(link: SessionLink, frame: Buffer): void {
    const { session } = link
    if (session === undefined) {
      // Whoever we turn away may have taken our hello for a welcome.
      if (link.isShut) return
      throw new WireFault('bad-frame', 'messages before hello')
    }
    if (frame.length > MAX_FRAME_BYTES)
      throw new WireFault('too-large', 'a frame of messages is over its limit')
    if (frame.length < FRAME_HEAD_BYTES) throw new WireFault('bad-frame', 'a frame of messages is too short')
    if (session.isEnded) return
    switch (frame[1]) {
      case FrameKind.items:
        session.receive(link, frame)
        return
      case FrameKind.epoch: {
        const epoch = frame.readUInt32BE(2)
        if (epoch > MAX_EPOCH || epoch < link.receivedEpoch)
          throw new WireFault('bad-frame', `epoch ${epoch}`)
        session.heardEpoch(link, epoch)
        return
      }
      case FrameKind.ack:
        if (!link.acknowledged(frame.readUInt32BE(2))) {
          throw new WireFault('bad-frame', 'more acknowledged than was sent')
        }
        session.acknowledged(link)
        return
      default:
        this.#options.count?.('unknown-frames')
    }
  }

  #create(peer: Life): PeerSession {
    const session = new PeerSession(peer, {
      handlers: this.#options.handlers,
      topics: this.#topics,
      schedule: (one) => this.#schedule(one),
      mayStillCome: (one) => this.#mayStillCome(one),
      count: (name, by) => this.#options.count?.(name, by),
    })
    this.#sessions.set(peer.name, session)
    return session
  }

  #end(session: PeerSession): void {
    this.#sessions.delete(session.peer.name)
    session.end()
  }

  #schedule(session: PeerSession): void {
    if (this.#scheduled.length === 0) this.#options.later(() => this.flush())
    this.#scheduled.push(session)
  }

  /**
   * Frames come in order on one link. So an earlier one can come only on another link of this life that has brought no later
   * one, or on one whose peer has not said hello yet (its hello is late as well).
   */
  #mayStillCome(session: PeerSession): boolean {
    for (const link of this.#links.values()) {
      if (link.session === undefined) return true
      if (link.session === session && !link.receivedLast && link.held === 0) return true
    }
    return false
  }

  #giveUpWaiting(): void {
    for (const session of this.#sessions.values()) if (session.isWaiting) session.giveUpWaiting()
  }

  #lost(link: SessionLink): void {
    link.session?.lost(link, link.sentLast && link.receivedLast)
  }
}

/** What sockets hand in are buffers already. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

function shut(link: SessionLink): void {
  link.isShut = true
  link.session?.shut(link)
}
