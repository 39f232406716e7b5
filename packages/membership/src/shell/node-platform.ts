// The world of a member in production: this process, its timers and its network.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { systemClock } from './clock.ts'
import { createDialer } from './dialer.ts'
import { afterDrain } from './drain.ts'
import { openListener } from './listener.ts'
import type { Platform } from './platform.ts'
import { systemTimers } from './timers.ts'

/** Node itself. */
export const nodePlatform: Platform = {
  ...systemClock,
  ...systemTimers,
  get environment() {
    return process.env
  },
  random: () => Math.random(),
  newInstance: () => randomBytes(8).toString('hex'),
  wallNow: () => Date.now(),
  afterDrain,
  later: (run) => void setImmediate(run),
  readTextFile: (path) => readFile(path, 'utf8'),
  listen: openListener,
  createDialer,
}
