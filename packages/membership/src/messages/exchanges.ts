// Everything under way between this member and the others: takes what sessions and the view tell to whom it concerns.
import type { Millis } from '../core/identity.ts'
import type { RollcallError } from '../errors.ts'
import type { View } from '../member.ts'
import type { Clock } from '../shell/clock.ts'
import type { PeerLog } from '../shell/log.ts'
import type { Platform } from '../shell/platform.ts'
import type { Timers } from '../shell/timers.ts'
import { Calls } from './calls.ts'
import { Expiry, type Open } from './expiry.ts'
import type { Item } from './item.ts'
import type { Peer } from './peer.ts'
import { Peers } from './peers.ts'
import { Services, type ServicesParts } from './services.ts'
import type { Session, SessionHandlers, SessionTable } from './session.ts'

/** What exchanges need. */
export interface ExchangesParts<M> {
  readonly platform: Clock & Timers & Pick<Platform, 'later'>
  readonly log: PeerLog
  /** Adds to a counter of `diagnosis()`. */
  readonly count: ServicesParts['count']
  readonly view: () => View<M>
  readonly sessions: SessionTable
}

/** All exchanges of one member. */
export class Exchanges<M> implements SessionHandlers {
  readonly peers: Peers<M>
  readonly calls: Calls<M>
  readonly services: Services<M>
  readonly #expiry: Expiry
  #closed: (() => RollcallError) | undefined

  constructor({ platform, log, count, view, sessions }: ExchangesParts<M>) {
    const due = (at: Millis) => this.#expiry.due(at)
    this.calls = new Calls(platform, due)
    this.services = new Services({ clock: platform, log, count, due })
    this.#expiry = new Expiry(platform, (now) => this.#sweep(now))
    const later = (run: () => void) => platform.later(run)
    this.peers = new Peers(view, sessions, later, (peer, why) => {
      this.calls.end(peer, why)
      this.services.end(peer, why)
    })
  }

  /** Throws the error given to `close`, once that was called. */
  refuseWhenClosed(): void {
    if (this.#closed !== undefined) throw this.#closed()
  }

  /** The view may be another: verdicts end what is under way. */
  viewChanged(): void {
    this.peers.refresh()
  }

  /** Ends everything, for good. */
  close(why: () => RollcallError): void {
    this.#closed = why
    this.peers.close(why)
    this.#expiry.stop()
  }

  received(session: Session, item: Item): void {
    // What comes from a life that the view does not hold concerns nobody.
    const peer = this.#peer(session)
    if (peer === undefined) return
    switch (item.type) {
      case 'send':
        this.services.send(peer, item)
        return
      case 'request':
        this.services.request(peer, item)
        return
      case 'response':
      case 'failure':
        this.calls.received(peer, item)
        return
      case 'chunk':
      case 'credit':
        ;(item.isAnswer ? this.calls : this.services).received(peer, item)
        return
      case 'cancel':
      case 'chunks-end':
        this.services.received(peer, item)
        return
    }
  }

  writable(session: Session): void {
    this.#peer(session)?.changed()
  }

  broken(session: Session): void {
    const peer = this.#peer(session)
    if (peer === undefined) return
    this.services.broken(peer)
    this.calls.broken(peer)
    peer.changed()
  }

  linkChanged(session: Session): void {
    const peer = this.#peer(session)
    if (peer === undefined) return
    this.calls.linkChanged(peer)
    peer.changed()
  }

  ended(): void {
    if (this.#closed === undefined) this.peers.refresh()
  }

  #peer(session: Session): Peer<M> | undefined {
    return this.#closed === undefined ? this.peers.of(session) : undefined
  }

  #sweep(now: Millis): Open {
    let earliest = Number.POSITIVE_INFINITY
    let count = 0
    for (const peer of this.peers.all()) {
      earliest = Math.min(earliest, this.calls.expire(peer, now), this.services.expire(peer, now))
      count += peer.calls.size + peer.inService
    }
    return { earliest, count }
  }
}
