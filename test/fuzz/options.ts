// The command line of `npm run fuzz`.
import { parseArgs } from 'node:util'

/** What is asked for: how to use it, or a run. */
export type FuzzCommand = { readonly type: 'help' } | ({ readonly type: 'run' } & FuzzOptions)

export interface FuzzOptions {
  readonly frames: number
  readonly seed: number
  /** Against a listener, over real sockets. */
  readonly isLive: boolean
}

export const usage = `npm run fuzz -- [--frames N] [--seed N] [--live]

  --frames N  how many bad frames to send (default 100000)
  --seed N    decides all of them (default random, printed)
  --live      to a member in a process of its own, over real connections: three in ten without a hello before
  --help      this text

Exits with 0 when nothing was wrong, with 1 when something was: then it prints the frame, and the same seed comes to the same
frame again (without --live).`

/** Reads the command line; throws with a clear message when it is wrong. */
export function readOptions(args: string[], randomSeed: () => number): FuzzCommand {
  const { values } = parseArgs({
    args,
    options: {
      frames: { type: 'string', default: '100000' },
      seed: { type: 'string' },
      live: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return { type: 'help' }
  const { frames, seed, live } = values
  return {
    type: 'run',
    frames: whole('frames', frames, 1),
    seed: seed === undefined ? randomSeed() : whole('seed', seed, 0),
    isLive: live,
  }
}

function whole(name: string, value: string, least: number): number {
  const number = Number(value)
  if (value.trim() !== '' && Number.isSafeInteger(number) && number >= least) return number
  throw new RangeError(`--${name} must be a whole number of at least ${least}, not "${value}"`)
}
