// Runs a core on connections and timers: gives it one input at a time, performs its outputs in order, and wakes it.
import { CloseCode } from '../core/close-code.ts'
import type { MembershipCore } from '../core/core.ts'
import type { CoreEvent } from '../core/event.ts'
import type { Input, LinkId } from '../core/input.ts'
import type { Message } from '../core/message.ts'
import type { Output } from '../core/output.ts'
import { defaultLimits } from '../limits.ts'
import type { SessionHandlers } from '../messages/session.ts'
import { Sessions } from '../messages/sessions.ts'
import type { WireFault } from '../messages/wire-fault.ts'
import type { Credential } from '../security/protection.ts'
import { encodeFrames } from './codec.ts'
import type { Connection } from './connection.ts'
import { Counters } from './counters.ts'
import type { Dial, Dialer } from './dialer.ts'
import { Inflow } from './inflow.ts'
import { Link } from './link.ts'
import type { PeerLog } from './log.ts'
import { OpenLinks } from './open-links.ts'
import type { Platform } from './platform.ts'
import { WakeTimer } from './wake-timer.ts'

/** What a driver needs. */
export interface DriverOptions {
  readonly core: MembershipCore
  readonly platform: Pick<Platform, 'now' | 'setTimer' | 'clearTimer' | 'afterDrain' | 'later'>
  readonly dialer: Dialer
  /** See `limits.updatesPerSecond`. */
  readonly updatesPerSecond?: number
  readonly log: PeerLog
  /** Whether a link made with this may go on; by default it may. */
  readonly accepts?: (credential: Credential) => boolean
  /** Told what members send to each other; by default nobody is. */
  readonly messages?: SessionHandlers
  /** Told in order, after the outputs of the same input are performed. */
  readonly onEvent: (event: CoreEvent) => void
  /** The core has stopped; links are still closing. Called before they have closed. */
  readonly onStopping: (reason: 'left' | 'superseded') => void
  /** All is closed. */
  readonly onStopped: (reason: 'left' | 'superseded') => void
}

/** How often at most the core is told, for each link, that messages of the application come. */
const HEARD_EVERY_MS = 50

/** Runs one core. */
export class Driver {
  readonly counters: Counters = new Counters()
  /** What members send to each other goes through here. */
  readonly sessions: Sessions
  readonly links: OpenLinks
  readonly #options: DriverOptions
  readonly #dials = new Map<LinkId, Dial>()
  /** Of accepted links whose peer is not known yet: who waits for that. */
  readonly #unmet = new Map<LinkId, () => void>()
  readonly #inputs: Input[] = []
  readonly #events: CoreEvent[] = []
  readonly #timer: WakeTimer
  #running = false
  #stopped: 'left' | 'superseded' | undefined
  #finished = false
  #accepted = 0
  /** A line about a link that is about to be closed. */
  #aboutIncoming: Extract<Output, { readonly type: 'log' }> | undefined
  /** Grows with every sign of a socket; see drain.ts. */
  #activity = 0
  #encoded: { readonly message: Message; readonly frames: Uint8Array[] } | undefined

  constructor(options: DriverOptions) {
    this.#options = options
    const { core, platform } = options
    this.sessions = new Sessions({
      handlers: options.messages ?? noMessages,
      later: (run) => platform.later(() => void this.#guarded('messages', run)),
      count: (name, by) => this.counters.add(name, by),
    })
    this.links = new OpenLinks(options.accepts ?? (() => true))
    this.#timer = new WakeTimer(
      platform,
      () => core.wakeAt,
      () => this.feed({ type: 'wake' }),
    )
    this.#timer.update()
  }

  /** Something happened at a socket that gives no input yet. */
  noteActivity(): void {
    this.#activity++
  }

  /** Gives the core an input. When outputs are being performed, it waits its turn: sockets can fail at once. */
  feed(input: Input): void {
    if (this.#stopped !== undefined) return
    if (input.type !== 'wake' && input.type !== 'drained') this.#activity++
    this.#inputs.push(input)
    if (this.#running) return
    this.#running = true
    for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) this.#step(next)
    this.#running = false
    if (this.#stopped === undefined) this.#timer.update()
  }

  /** A connection was accepted; `met` is called when it has said a hello that is accepted. */
  accept(connection: Connection, met: () => void): void {
    this.#accepted++
    this.#unmet.set(-this.#accepted, met)
    this.#open(-this.#accepted, connection)
  }

  /** Other credentials count now: links made with what counts no more are to be replaced. */
  credentialsChanged(): void {
    this.feed({ type: 'credentials-changed', outdated: this.links.outdated() })
  }

  #step(input: Input): void {
    const { core, platform, onEvent } = this.#options
    // What was posted before goes before the goodbye.
    if (input.type === 'leave') this.#guarded('messages', () => this.sessions.flush())
    // Each output by itself: a `drain` that is lost because another output failed would end all judging.
    for (const output of this.#guarded(input.type, () => core.handle(input, platform.now())) ?? []) {
      this.#guarded(input.type, () => this.#perform(output))
    }
    this.#guarded(input.type, () => this.#flushIncoming())
    for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) onEvent(event)
  }

  /** A bug of ours must not take the host program with it, least of all when a peer can bring it about. */
  #guarded<T>(input: Input['type'] | 'messages', action: () => T): T | undefined {
    try {
      return action()
    } catch (error) {
      this.counters.add('internal-errors')
      this.#options.log.write('error', { err: error, input }, 'internal error in the membership protocol')
      return undefined
    }
  }

  #perform(output: Output): void {
    switch (output.type) {
      case 'dial':
        this.#dial(output.link, output.address, output.connectTimeoutMs)
        return
      case 'send':
        if (output.message.type === 'last') this.sessions.sentLast(output.link)
        this.links.get(output.link)?.send(this.#encode(output.message))
        return
      case 'close':
        this.#dials.get(output.link)?.abandon()
        this.sessions.closing(output.link, output.code)
        this.#closeLink(output)
        return
      case 'drain':
        this.#options.platform.afterDrain(
          () => this.#activity,
          () => this.feed({ type: 'drained' }),
        )
        return
      case 'event':
        this.sessions.noteEvent(output.event)
        this.#events.push(output.event)
        return
      case 'linked':
        this.#unmet.get(output.link)?.()
        this.#unmet.delete(output.link)
        this.sessions.linked(output.link, output.peer)
        return
      case 'route':
        this.sessions.routed(output.peer, output.link)
        return
      case 'log':
        // Of an accepted link without a hello the core knows no address; the link that it closes next does.
        if (output.peer === 'incoming') this.#aboutIncoming = output
        else this.#options.log.about(output.level, output.kind, output.peer, output.text)
        return
      case 'stopped':
        this.#stop(output.reason)
        return
    }
  }

  #closeLink({ link: id, code, reason }: Extract<Output, { readonly type: 'close' }>): void {
    const link = this.links.get(id)
    this.#flushIncoming(link?.remote)
    link?.close(code, reason)
  }

  #flushIncoming(remote?: string): void {
    const line = this.#aboutIncoming
    if (line === undefined) return
    this.#aboutIncoming = undefined
    const text = remote === undefined ? line.text : `link from ${remote} closed: ${line.text}`
    this.#options.log.about(line.level, line.kind, remote ?? line.peer, text)
  }

  #dial(link: LinkId, address: string, connectTimeoutMs: number): void {
    const dial = this.#options.dialer(address, connectTimeoutMs, {
      connected: () => this.feed({ type: 'dial-connected', link }),
      opened: (connection) => {
        this.#dials.delete(link)
        this.#open(link, connection)
      },
      failed: (why) => {
        this.#dials.delete(link)
        this.feed({ type: 'dial-failed', link, why })
        this.#finishStop()
      },
    })
    this.#dials.set(link, dial)
  }

  #open(id: LinkId, connection: Connection): void {
    const { platform, updatesPerSecond = defaultLimits.updatesPerSecond } = this.#options
    const inflow = new Inflow(connection, platform, updatesPerSecond, () => {
      this.counters.add('paused-links')
      const text = `link to ${link.remote} not read for a while: more than limits.updatesPerSecond came`
      this.#options.log.about('warn', 'paused-links', link.remote, text)
    })
    const link: Link = new Link(id, connection, {
      message: (message) => {
        inflow.took(message)
        if (message.type === 'last') this.sessions.receivedLast(id)
        this.feed({ type: 'frame', link: id, message })
      },
      messages: (frame) => this.#onMessages(link, frame),
      unknownFrame: () => {
        inflow.took(undefined)
        this.feed({ type: 'unknown-frame', link: id })
      },
      fault: (fault, detail) => {
        this.counters.add(fault)
        this.#options.log.about('warn', fault, link.remote, `link to ${link.remote} closed: ${detail}`)
      },
      closed: (end) => {
        inflow.stop()
        this.#unmet.delete(id)
        this.links.remove(link)
        if (this.#stopped === undefined) this.#guarded('messages', () => this.sessions.closed(id))
        this.feed({ type: 'link-closed', link: id, end })
        this.#finishStop()
      },
    })
    this.links.add(link)
    this.sessions.opened(id, {
      send: (frame) => link.sendMessages(frame),
      cut: (waitingBytes) => link.cut(waitingBytes),
    })
    if (this.#stopped !== undefined) link.close(CloseCode.left, this.#stopped)
    else this.feed({ type: 'link-opened', link: id })
    // The credentials have changed during its handshake.
    if (this.links.isOutdated(link)) this.feed({ type: 'credentials-changed', outdated: [id] })
  }

  #onMessages(link: Link, frame: Uint8Array): WireFault | undefined {
    if (this.#stopped !== undefined) return undefined
    this.#activity++
    const now = this.#options.platform.now()
    if (now - link.heardAt >= HEARD_EVERY_MS) {
      link.heardAt = now
      this.feed({ type: 'heard', link: link.id })
    }
    return this.#guarded('messages', () => this.sessions.received(link.id, frame))
  }

  /** News goes to every peer as the same message: it is encoded once. */
  #encode(message: Message): Uint8Array[] {
    if (this.#encoded?.message !== message) {
      const frames = encodeFrames(message)
      if (frames.length === 0) this.counters.add('unsendable-messages')
      this.#encoded = { message, frames }
    }
    return this.#encoded.frames
  }

  #stop(reason: 'left' | 'superseded'): void {
    this.#stopped = reason
    this.#timer.stop()
    this.#inputs.length = 0
    this.#options.onStopping(reason)
    for (const dial of this.#dials.values()) dial.abandon()
    for (const link of this.links.all()) link.close(CloseCode.left, reason)
    // Events of this very step come first.
    queueMicrotask(() => this.#finishStop())
  }

  #finishStop(): void {
    if (this.#stopped === undefined || this.#finished || this.#dials.size + this.links.size > 0) return
    this.#finished = true
    this.#options.onStopped(this.#stopped)
  }
}

const noMessages: SessionHandlers = {
  received: () => {},
  writable: () => {},
  broken: () => {},
  linkChanged: () => {},
  ended: () => {},
}
