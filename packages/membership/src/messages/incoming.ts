// Puts the frames of one life in order: a frame that overtook others on another link waits for them.
import type { SessionLink } from './session-link.ts'
import { WireFault } from './wire-fault.ts'
import { MAX_HELD_BYTES } from './wire-format.ts'

interface Held {
  readonly link: SessionLink
  readonly frame: Buffer
}

export class Incoming {
  #next = 0
  /** By number. */
  readonly #held = new Map<number, Held>()
  #heldBytes = 0

  /** Whether a frame waits for an earlier one. */
  get isWaiting(): boolean {
    return this.#held.size > 0
  }

  /**
   * What to do with a frame: `now` it is its turn, it is `held`, or its number was `used` before. Throws a WireFault when
   * more is held than a peer may send.
   */
  sort(link: SessionLink, number: number, frame: Buffer): 'now' | 'held' | 'used' {
    const ahead = (number - this.#next) | 0
    if (ahead === 0) {
      this.#next = (this.#next + 1) >>> 0
      return 'now'
    }
    if (ahead < 0 || this.#held.has(number)) return 'used'
    if (this.#heldBytes + frame.length > MAX_HELD_BYTES)
      throw new WireFault('too-large', 'too much came early')
    this.#held.set(number, { link, frame })
    this.#heldBytes += frame.length
    link.held++
    return 'held'
  }

  /** A frame that was held and whose turn it is now. */
  takeHeld(): Held | undefined {
    if (this.#held.size === 0) return undefined
    const held = this.#held.get(this.#next)
    if (held === undefined) return undefined
    this.#held.delete(this.#next)
    this.#next = (this.#next + 1) >>> 0
    this.#heldBytes -= held.frame.length
    held.link.held--
    return held
  }

  /** Begins anew; what was held is dropped. */
  reset(): void {
    for (const { link, frame } of this.#held.values()) {
      link.held--
      link.took(frame.length)
    }
    this.#held.clear()
    this.#heldBytes = 0
    this.#next = 0
  }
}
