// The command line of `npm run simulate`.
import { parseArgs } from 'node:util'
import { scenarios } from '../sim/draw/scenarios.ts'

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
  /** Which kind of run is drawn. */
  readonly scenario: string
  /** A stored plan to play in place of drawn ones. */
  readonly planFile: string | undefined
  /** Where to write everything that goes into and comes out of every core (large). */
  readonly traceFile: string | undefined
}

/** A larger cluster takes more memory than most machines have. */
const MOST_MEMBERS = 1000

const listed = Object.values(scenarios).map(({ name, about }) => `  ${name.padEnd(20)} ${about}`)

/** How to use it. */
export const usage = `npm run simulate -- [--seeds N] [--members N] [--seed N] [--scenario NAME] [--json FILE] [--trace FILE]
npm run simulate -- --plan FILE [--json FILE] [--trace FILE]

  --seeds N        how many seeds to run (default 100, or 1 with --seed)
  --members N      size of the largest cluster (default 50, at most ${MOST_MEMBERS})
  --seed N         the first seed (default random, printed)
  --scenario NAME  which kind of run to draw (default mixed)
  --plan FILE      play one stored plan (JSON, as in test/simulation/kept; of what --json wrote, the first that failed)
  --json FILE      write the result as JSON
  --trace FILE     write every input and output of every core; for one seed
  --help           this text

Scenarios:
${listed.join('\n')}

Exits with 0 when every seed passed, with 1 when one failed, with 2 on a wrong command line, with 130 on Ctrl-C
(143 on SIGTERM, 141 where nobody reads what it prints any more).`

/** Reads the command line; throws with a clear message when it is wrong. */
export function readOptions(args: string[], randomSeed: () => number): SimulateCommand {
  const { values } = parseArgs({
    args: withNegatives(args),
    options: {
      seeds: { type: 'string' },
      members: { type: 'string' },
      seed: { type: 'string' },
      scenario: { type: 'string' },
      plan: { type: 'string' },
      json: { type: 'string' },
      trace: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return { type: 'help' }
  const { seed, plan, scenario = 'mixed' } = values
  const isOne = seed !== undefined || plan !== undefined
  const seeds = whole('seeds', values.seeds, 1) ?? (isOne ? 1 : 100)
  const drawing = seed ?? values.seeds ?? values.members ?? values.scenario
  if (plan !== undefined && drawing !== undefined)
    throw new RangeError(
      '--plan goes without --seed, --seeds, --members and --scenario: the plan says it all',
    )
  if (!Object.hasOwn(scenarios, scenario)) {
    const names = Object.keys(scenarios).join(', ')
    throw new RangeError(`--scenario must be one of ${names}, not "${scenario}"`)
  }
  const firstSeed = whole('seed', seed, 0) ?? randomSeed()
  if (!Number.isSafeInteger(firstSeed + seeds))
    throw new RangeError(
      `--seed ${firstSeed} and the ${seeds} from there on are beyond ${Number.MAX_SAFE_INTEGER}`,
    )
  if (values.trace !== undefined && seeds > 1)
    throw new RangeError('--trace is for one seed: give its --seed, or --plan')
  return {
    type: 'run',
    firstSeed,
    seeds,
    members: whole('members', values.members, 1, MOST_MEMBERS) ?? 50,
    scenario,
    planFile: plan,
    jsonFile: values.json,
    traceFile: values.trace,
  }
}

/** A value that begins with a minus is taken for another option, unless it is joined to its own. */
function withNegatives(args: readonly string[]): string[] {
  const joined: string[] = []
  for (const arg of args) {
    const option = joined.at(-1)
    if (/^-[\d.]/.test(arg) && option !== undefined && /^--[a-z]+$/.test(option))
      joined[joined.length - 1] = `${option}=${arg}`
    else joined.push(arg)
  }
  return joined
}

function whole(name: string, text: string | undefined, least: number, most?: number): number | undefined {
  if (text === undefined) return undefined
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isSafeInteger(value) && value >= least && value <= (most ?? value)) return value
  const range = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`
  throw new RangeError(`--${name} must be a whole number ${range}, not "${text}"`)
}
