// Where time comes from: the system's, or the virtual one of a test.
import { setTimeout as sleepFor } from 'node:timers/promises'

export interface Time {
  /** Ms since 1970. */
  now(): number
  /** Keeps no process alive. */
  sleep(ms: number): Promise<void>
  /** Calls back after a while; keeps no process alive. Returns a function that prevents it. */
  after(ms: number, run: () => void): () => void
  /** Runs once the present turn of the event loop has done its work. */
  defer(run: () => void): void
}

export const systemTime: Time = {
  now: Date.now,
  sleep: async (ms) => {
    await sleepFor(ms, undefined, { ref: false })
  },
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
  defer: setImmediate,
}
