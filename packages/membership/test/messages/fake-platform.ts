// Clock and timers for tests of messages: time passes when the test says so.
import type { Clock } from '../../src/shell/clock.ts'
import type { Timer, Timers } from '../../src/shell/timers.ts'

interface Waiting {
  readonly at: number
  readonly run: () => void
}

/** Virtual time, from 0; 0 is 1,000,000 ms after 1970. */
export class FakePlatform implements Clock, Timers {
  #now = 0
  #timers: Waiting[] = []

  /** Timers that are set. */
  get timers(): number {
    return this.#timers.length
  }

  now(): number {
    return this.#now
  }

  toEpochMs(time: number): number {
    return 1_000_000 + time
  }

  setTimer(run: () => void, delayMs: number): Timer {
    const timer = { at: this.#now + delayMs, run }
    this.#timers.push(timer)
    return timer
  }

  clearTimer(timer: Timer | undefined): void {
    this.#timers = this.#timers.filter((each) => each !== timer)
  }

  later(run: () => void): void {
    setImmediate(run)
  }

  /** Lets time pass, and runs the timers that fall due. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (next === undefined) break
      this.clearTimer(next)
      this.#now = Math.max(this.#now, next.at)
      next.run()
      await settled()
    }
    this.#now = end
    await settled()
  }
}

/** Lets everything that is on its way in memory arrive, and promises run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
