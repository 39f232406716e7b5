// The one timer that a simulated process has its core woken by, as production's wake-timer.ts does, in its loop's time.
import type { EventLoop, LoopTimer } from './event-loop.ts'

/** Node's shortest timer. */
const SHORTEST_MS = 1

export class SimWake {
  readonly #loop: EventLoop
  /** What the process's own clock shows at virtual time 0. */
  readonly #offsetMs: number
  /** When the core wants to be woken, by that clock. */
  readonly #wantedAt: () => number | undefined
  readonly #due: () => void
  #timer: LoopTimer | undefined

  constructor(loop: EventLoop, offsetMs: number, wantedAt: () => number | undefined, due: () => void) {
    this.#loop = loop
    this.#offsetMs = offsetMs
    this.#wantedAt = wantedAt
    this.#due = due
  }

  /** Looks at `wantedAt` again. */
  update(): void {
    const wantedAt = this.#wantedAt()
    if (wantedAt === undefined) {
      this.clear()
      return
    }
    const at = Math.max(wantedAt - this.#offsetMs, this.#loop.now)
    // A timer that fires too early finds nothing due and costs less than setting a new one for every input.
    if (this.#timer?.run && this.#timer.at <= at) return
    this.clear()
    const firesAt = at <= this.#loop.now ? this.#loop.now + SHORTEST_MS : at
    this.#timer = this.#loop.setTimer(firesAt, () => this.#fired())
  }

  clear(): void {
    this.#loop.clearTimer(this.#timer)
    this.#timer = undefined
  }

  #fired(): void {
    const wantedAt = this.#wantedAt()
    if (wantedAt !== undefined && wantedAt <= this.#loop.now + this.#offsetMs) this.#due()
    else this.update()
  }
}
