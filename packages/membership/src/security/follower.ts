// Follows files while a member runs. They are read over and over, which sees every way to change a file: rewritten, renamed
// over, or swapped by symbolic links as in a mounted Secret. A file that is just being written looks whole now and then: what
// was read counts once it was read twice.
import type { Timer, Timers } from '../shell/timers.ts'

/** How often they are looked at. */
export const LOOK_EVERY_MS = 1000

/** What to follow. */
export interface FollowerOptions {
  /** What the files say now, or what is wrong with them. Never rejects. */
  readonly look: () => Promise<string>
  /** What they said at the start. */
  readonly said: string
  /** They say something else. */
  readonly changed: (said: string) => void
  readonly timers: Timers
}

/** Looks at files until it is stopped. */
export class Follower {
  readonly #options: FollowerOptions
  /** What they said when that was told last, and at the last look. */
  #told: string
  #seen: string
  #timer: Timer | undefined
  #isStopped = false

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#told = options.said
    this.#seen = options.said
    this.#wait()
  }

  stop(): void {
    this.#isStopped = true
    this.#options.timers.clearTimer(this.#timer)
  }

  #wait(): void {
    this.#timer = this.#options.timers.setTimer(() => void this.#look(), LOOK_EVERY_MS)
  }

  async #look(): Promise<void> {
    const said = await this.#options.look()
    if (this.#isStopped) return
    if (said !== this.#told && said === this.#seen) {
      this.#told = said
      this.#options.changed(said)
    }
    this.#seen = said
    this.#wait()
  }
}
