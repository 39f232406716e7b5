// Timers, as the shell uses them.
import type { Millis } from '../core/identity.ts'

/** A timer that was set; says nothing itself. */
export type Timer = object

/** Sets timers and takes them back. */
export interface Timers {
  /** Calls `run` once, `delayMs` from now: at most 2147483647, and never before this returns. */
  setTimer(run: () => void, delayMs: Millis): Timer
  /** Nothing happens when it has run, or is undefined. */
  clearTimer(timer: Timer | undefined): void
}

/** The process's timers. Looked up at each call, so that a test's fake ones count. */
export const systemTimers: Timers = {
  setTimer: (run, delayMs) => setTimeout(run, delayMs),
  clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
}

/** Resolves after a time, or as soon as the signal is aborted. */
export function sleep(timers: Timers, delayMs: Millis, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      timers.clearTimer(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = timers.setTimer(done, delayMs)
    if (signal.aborted) done()
    else signal.addEventListener('abort', done, { once: true })
  })
}
