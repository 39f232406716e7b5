// The command line of `npm run simulate`.
import { parseArgs } from 'node:util'

/** What is asked for: how to use it, or a run. */
export type SimulateCommand = { readonly type: 'help' } | ({ readonly type: 'run' } & SimulateOptions)

/** What to run. */
export interface SimulateOptions {
  /** The first seed; the others follow it. */
  readonly firstSeed: number
  /** How many seeds. */
  readonly seeds: number
  /** The largest cluster drawn. */
  readonly members: number
  /** Where to write the result as JSON. */
  readonly jsonFile: string | undefined
  /** Where to write everything that goes into and comes out of every core (large). */
  readonly traceFile: string | undefined
}

/** How to use it. */
export const usage = `npm run simulate -- [--seeds N] [--members N] [--seed N] [--json FILE] [--trace FILE]

  --seeds N     how many seeds to run (default 100, or 1 with --seed)
  --members N   size of the largest cluster (default 50)
  --seed N      the first seed (default random, printed)
  --json FILE   write the result as JSON
  --trace FILE  write every input and output of every core; for one seed
  --help        this text

Exits with 0 when every seed passed, with 1 when one failed, with 2 on a wrong command line.`

/** Reads the command line; throws with a clear message when it is wrong. */
export function readOptions(args: string[], randomSeed: () => number): SimulateCommand {
  const { values } = parseArgs({
    args,
    options: {
      seeds: { type: 'string' },
      members: { type: 'string' },
      seed: { type: 'string' },
      json: { type: 'string' },
      trace: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return { type: 'help' }
  return {
    type: 'run',
    firstSeed: whole('seed', values.seed, 0) ?? randomSeed(),
    seeds: whole('seeds', values.seeds, 1) ?? (values.seed === undefined ? 100 : 1),
    members: whole('members', values.members, 2) ?? 50,
    jsonFile: values.json,
    traceFile: values.trace,
  }
}

function whole(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new RangeError(`--${name} must be a whole number of at least ${least}, not "${text}"`)
}
