// The clock of messages.
import type { Millis } from '../core/identity.ts'
import type { Clock as ShellClock } from '../shell/clock.ts'

/** Tells the time, and what it is since 1970. */
export interface Clock extends ShellClock {
  toEpochMs(time: Millis): number
}
