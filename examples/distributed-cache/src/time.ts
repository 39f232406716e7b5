// Where time comes from: the system's, or the virtual one of a test. Whatever lasts is measured by `now`; `date` is for what
// others compare with their clocks: versions, and when entries end.
import { setTimeout as sleepFor } from 'node:timers/promises'

export interface Time {
  /** Ms since some moment in the past: it goes on evenly, whatever is done to the clock of the machine. */
  now(): number
  /** Ms since 1970 by that clock, which may be set back or forth. */
  date(): number
  /** Keeps no process alive. */
  sleep(ms: number): Promise<void>
  /** Calls back after a while; keeps no process alive. Returns a function that prevents it. */
  after(ms: number, run: () => void): () => void
  /** Runs once the present turn of the event loop has done its work. */
  defer(run: () => void): void
}

export const systemTime: Time = {
  now: () => performance.now(),
  date: Date.now,
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
