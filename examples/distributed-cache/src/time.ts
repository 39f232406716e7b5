// Where time comes from: the system's, or the virtual one of a test.
import { setTimeout as sleep } from 'node:timers/promises'

export interface Time {
  /** Ms since 1970. */
  now(): number
  /** Keeps no process alive. */
  sleep(ms: number): Promise<void>
  /** Runs once the present turn of the event loop has done its work. */
  defer(run: () => void): void
}

export const systemTime: Time = {
  now: Date.now,
  sleep: async (ms) => {
    await sleep(ms, undefined, { ref: false })
  },
  defer: setImmediate,
}
