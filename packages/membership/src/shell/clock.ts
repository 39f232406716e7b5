// The one clock of the shell. It never jumps with the wall clock.
import type { Millis } from '../core/identity.ts'

/** Tells the time. */
export interface Clock {
  /** Monotonic milliseconds. */
  now(): Millis
  /** A time of `now` as milliseconds since 1970, as far as the wall clock was right when the process started. */
  toEpochMs(time: Millis): number
}

/** The process's monotonic clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  toEpochMs: (time) => Math.round(performance.timeOrigin + time),
}
