// The one clock of the shell. It never jumps with the wall clock.
import type { Millis } from '../core/identity.ts'

/** Tells the time to the driver; tests may hand in their own. */
export interface Clock {
  /** Monotonic milliseconds. */
  now(): Millis
}

/** The process's monotonic clock. */
export const systemClock: Clock = { now: () => performance.now() }

/** A time on the system clock as milliseconds since 1970, as far as the wall clock was right when the process started. */
export function toEpochMs(time: Millis): number {
  return Math.round(performance.timeOrigin + time)
}
