// What a member needs of the world around it: a clock, timers, randomness, and connections to others. In production
// that is Node (node-platform.ts); a simulation brings its own, and the same member runs on it in virtual time.
import type { Random } from '../core/random.ts'
import type { Clock } from './clock.ts'
import type { Dialer, DialerOptions } from './dialer.ts'
import type { ListenerHandlers, ListenOptions } from './listener.ts'
import type { Environment } from './settings.ts'
import type { Timers } from './timers.ts'

/** An open listener. */
export interface Listening {
  /** Where it is bound. */
  readonly bound: { readonly host: string; readonly port: number }
  /** Accepts nothing any more; links stay. */
  close(): void
}

/** The world of one member. */
export interface Platform extends Clock, Timers {
  /** Environment variables. */
  readonly environment: Environment
  /** Uniform in [0, 1). */
  readonly random: Random
  /** An id for this start of a member that no other start has. */
  newInstance(): string
  /** The present time of the wall clock, in ms since 1970. */
  wallNow(): number
  /**
   * Calls `done` once all that had arrived at sockets has been read. `activity` is any number that grows with every
   * sign of a socket.
   */
  afterDrain(activity: () => number, done: () => void): void
  /** Calls back soon: once what can be read now has been read (setImmediate). */
  later(run: () => void): void
  /** Reads a file as UTF-8. Rejects with the system's error. */
  readTextFile(path: string): Promise<string>
  /** Opens a listener. Rejects with ListenError. */
  listen(options: ListenOptions, handlers: ListenerHandlers): Promise<Listening>
  /** How the member dials others. */
  createDialer(options: DialerOptions): Dialer
}
