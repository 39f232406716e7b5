// The command line of the bench.
import { parseArgs } from 'node:util'
import { type RowName, rowKinds, rowNames } from './targets.ts'

/** What the command line says. */
export interface BenchOptions {
  /** File to write the results to. */
  readonly json: string | undefined
  /** Rows to measure. */
  readonly only: readonly RowName[]
  /** Runs of every row, in place of each row's own number. */
  readonly runs: number | undefined
  /** Seed of random waits and choices. */
  readonly seed: number
  /** Few runs, five members, short spans: whether it measures, not what. */
  readonly quick: boolean
  readonly help: boolean
}

export const usage = `npm run bench -- [options]

  --json FILE         write machine and results to FILE
  --only NAME[,NAME]  measure these rows only
  --runs N            runs of every row, in place of each row's own number
  --seed N            seed of random waits and choices; default 1
  --quick             one run of each, 5 members, short spans: to see that it measures, not how fast things are
  --help              this text

Rows:
${rowNames.map((name) => `  ${name.padEnd(20)}  ${rowKinds[name].about}`).join('\n')}
`

/** Reads the command line; throws an Error, with the option in its message, for what it cannot read. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'string' },
      only: { type: 'string' },
      runs: { type: 'string' },
      seed: { type: 'string' },
      quick: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  const { json, quick = false, help = false } = values
  return {
    json,
    only: values.only === undefined ? rowNames : values.only.split(',').map(rowName),
    runs: values.runs === undefined ? undefined : wholeNumber('runs', values.runs, 1),
    seed: values.seed === undefined ? 1 : wholeNumber('seed', values.seed, 0),
    quick,
    help,
  }
}

function rowName(given: string): RowName {
  const found = rowNames.find((name) => name === given)
  if (found === undefined)
    throw new Error(`--only: expected names out of ${rowNames.join(', ')}, got ${given}`)
  return found
}

function wholeNumber(option: string, given: string, least: number): number {
  const value = Number(given)
  if (!Number.isInteger(value) || value < least)
    throw new Error(`--${option}: expected a whole number of at least ${least}, got ${given}`)
  return value
}
