// Lets virtual time pass for code that awaits. After each event Node's real event loop is given a turn: by then every
// promise that the event settled has called back, and whoever waited for it, however many awaits down, has made its
// next move at the very instant of the event.
import { setImmediate } from 'node:timers'
import type { VirtualClock } from '../sim/virtual-clock.ts'
import { TestUsageError } from './errors.ts'

// Taken at import: a test's fake timers must not stop virtual time.
const nextTurn = setImmediate

/** The only one that moves the clock of a test cluster. */
export class VirtualRun {
  readonly #clock: VirtualClock
  #isRunning = false
  #isClosed = false

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  /** Virtual ms since the start. */
  get now(): number {
    return this.#clock.now
  }

  /**
   * Runs until `isDone`, which is asked before the first event and after each, or until so much time has passed.
   * Returns whether it was done.
   *
   * @throws TestUsageError when time is passing already, or never will again
   */
  async run(ms: number, isDone: () => boolean = () => false): Promise<boolean> {
    this.#begin()
    try {
      return await this.#runTo(this.#clock.now + ms, isDone)
    } finally {
      this.#isRunning = false
    }
  }

  /** No time passes any more. */
  close(): void {
    this.#isClosed = true
  }

  #begin(): void {
    if (this.#isClosed) throw new TestUsageError('the test cluster is closed: no time passes in it any more')
    if (this.#isRunning) {
      throw new TestUsageError(
        'virtual time is passing already: await one advance() or until() before the next',
      )
    }
    this.#isRunning = true
  }

  #runTo(end: number, isDone: () => boolean): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const step = () => {
        try {
          if (isDone()) resolve(true)
          else if (!this.#isClosed && this.#clock.runNext(end)) nextTurn(step)
          else {
            this.#clock.runUntil(end)
            resolve(false)
          }
        } catch (error) {
          reject(error)
        }
      }
      // What the test has just begun gets to its first await.
      nextTurn(step)
    })
  }
}
