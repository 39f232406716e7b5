// How much one link may have to say: so much a second, and some seconds' worth at once. Past that its socket is not read for
// as long as the excess takes; then its sender is held up by its own kernel, and nobody else is.
import type { Millis } from '../core/identity.ts'
import type { Message } from '../core/message.ts'
import type { Connection } from './connection.ts'
import type { Platform } from './platform.ts'
import type { Timer } from './timers.ts'

/** A member that has been silent may say at once what it could have said in so many seconds. */
const BURST_SECONDS = 10

/** Pauses a connection that brings too much. */
export class Inflow {
  readonly #connection: Connection
  readonly #platform: Pick<Platform, 'now' | 'setTimer' | 'clearTimer'>
  readonly #perMs: number
  readonly #most: number
  readonly #paused: () => void
  #left: number
  #countedAt: Millis
  #timer: Timer | undefined

  /** `paused` is told whenever nothing is read for a while. */
  constructor(
    connection: Connection,
    platform: Pick<Platform, 'now' | 'setTimer' | 'clearTimer'>,
    perSecond: number,
    paused: () => void,
  ) {
    this.#connection = connection
    this.#platform = platform
    this.#perMs = perSecond / 1000
    this.#most = perSecond * BURST_SECONDS
    this.#left = this.#most
    this.#countedAt = platform.now()
    this.#paused = paused
  }

  /** A message came; undefined for one of a kind that this version does not know. */
  took(message: Message | undefined): void {
    this.#earn()
    this.#left -= message === undefined ? 1 : costOf(message)
    if (this.#left >= 0 || this.#timer !== undefined) return
    this.#paused()
    this.#connection.pause()
    this.#wait()
  }

  /** The connection has ended. */
  stop(): void {
    if (this.#timer !== undefined) this.#platform.clearTimer(this.#timer)
    this.#timer = undefined
  }

  #earn(): void {
    const now = this.#platform.now()
    this.#left = Math.min(this.#most, this.#left + (now - this.#countedAt) * this.#perMs)
    this.#countedAt = now
  }

  #wait(): void {
    this.#timer = this.#platform.setTimer(
      () => {
        this.#timer = undefined
        this.#earn()
        // What had been read already when it was paused came in after that.
        if (this.#left < 0) this.#wait()
        else this.#connection.resume()
      },
      Math.ceil(-this.#left / this.#perMs),
    )
  }
}

/** A frame, and what it says of members. */
function costOf(message: Message): number {
  switch (message.type) {
    case 'ping':
    case 'ack':
    case 'updates':
      return 1 + message.updates.length
    case 'digest':
      return 1 + message.facts.length
    case 'delta':
      return 1 + message.updates.length + message.wanted.length
    case 'want':
      return 1 + message.names.length
    case 'standing':
      return 1 + message.guests.length + message.missed.length
    default:
      return 1
  }
}
