// The command line of the benches that measure in rounds.
import { parseArgs } from 'node:util'

/** What the command line says. */
export interface RoundsOptions {
  readonly rounds: number
  /** Short, and few: whether it measures, not what. */
  readonly quick: boolean
}

/**
 * Reads `--rounds` (default 5) and `--quick` (default one round). Prints the usage for `--help` and for what it cannot
 * read, and ends the process.
 */
export function readRounds(usage: string): RoundsOptions {
  try {
    const { values } = parseArgs({
      options: { rounds: { type: 'string' }, quick: { type: 'boolean' }, help: { type: 'boolean' } },
    })
    if (values.help) {
      process.stdout.write(usage)
      process.exit(0)
    }
    const { quick = false } = values
    const rounds = Number(values.rounds ?? (quick ? 1 : 5))
    if (Number.isInteger(rounds) && rounds >= 1) return { rounds, quick }
    throw new Error(`--rounds: expected a whole number of at least 1, got ${values.rounds}`)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`)
    process.exit(2)
  }
}
