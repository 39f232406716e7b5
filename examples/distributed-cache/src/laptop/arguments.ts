// The command line: pure, from the arguments to what is wanted, or to what is wrong with them.
import { parseArgs } from 'node:util'

export type Wanted =
  | { readonly type: 'help' }
  | { readonly type: 'run'; readonly pods: number }
  | { readonly type: 'wrong'; readonly message: string }

const DEFAULT_PODS = 3
const MAX_PODS = 16

export const help = `The cache on this machine: pods as processes, ready for redis-cli and curl. Ctrl-C ends them.

  npm run cache                 three pods
  npm run cache -- --pods 5     as many as you like, up to ${MAX_PODS}

Variables of the environment reach all pods: MAX_BYTES, TTL_MS, REPLICAS, DRAIN_MS, WHEN_FEW_COPIES, IN_MINORITY.
`

/** Reads the arguments after the program's name. */
export function readArguments(args: readonly string[]): Wanted {
  try {
    const options = { pods: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const
    const { values } = parseArgs({ args: [...args], options })
    if (values.help) return { type: 'help' }
    const pods = Number(values.pods ?? DEFAULT_PODS)
    if (Number.isInteger(pods) && pods >= 1 && pods <= MAX_PODS) return { type: 'run', pods }
    return {
      type: 'wrong',
      message: `--pods: expected a whole number from 1 to ${MAX_PODS}, got ${values.pods}`,
    }
  } catch (error) {
    return { type: 'wrong', message: (error as Error).message }
  }
}
