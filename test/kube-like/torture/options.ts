// The command line.
import { parseArgs } from 'node:util'
import type { TortureOptions } from './torture.ts'

export const usage = `npm run torture -- [options]

  --keys N         keys that are written first; default 100000
  --value-bytes N  size of each value; default 100
  --clients N      requests under way at a time; default 16
  --pause MS       pause of each client between its requests; default 10
  --rounds N       how often pods are restarted, scaled and killed; default 1
  --added N        pods that are added and taken away again; default 3
  --kills N        pods that are killed, one after the other; default 3
  --cuts N         pods that are cut off for 10 s, one after the other; default 0
  --freezes N      pods that are frozen for 10 s, one after the other; default 0
  --rest MS        time in peace after each of that; default 2000
  --seed N         of all that is drawn; default 1
  --help           this text
`

/** Reads the command line; undefined if help is asked for. Throws an Error with the option in its message. */
export function readOptions(args: readonly string[]): TortureOptions | undefined {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      keys: text,
      'value-bytes': text,
      clients: text,
      pause: text,
      rounds: text,
      added: text,
      kills: text,
      cuts: text,
      freezes: text,
      rest: text,
      seed: text,
      help: { type: 'boolean' },
    },
  })
  if (values.help) return undefined
  const number = (name: Exclude<keyof typeof values, 'help'>, otherwise: number, least: number) => {
    const given = values[name]
    const value = given === undefined ? otherwise : Number(given)
    if (Number.isSafeInteger(value) && value >= least) return value
    throw new Error(`--${name}: expected a whole number from ${least} on, got ${given}`)
  }
  return {
    keys: number('keys', 100_000, 1),
    valueBytes: number('value-bytes', 100, 0),
    clients: number('clients', 16, 1),
    pauseMs: number('pause', 10, 0),
    rounds: number('rounds', 1, 1),
    addedPods: number('added', 3, 0),
    kills: number('kills', 3, 0),
    cuts: number('cuts', 0, 0),
    freezes: number('freezes', 0, 0),
    restMs: number('rest', 2000, 0),
    seed: number('seed', 1, 0),
  }
}
