// The command line: pure, from the arguments to what is wanted, or to what is wrong with them.

/** What the demo is asked to do. */
export type Wanted =
  | { readonly type: 'help' }
  | { readonly type: 'run'; readonly script: boolean; readonly json?: string; readonly oneAddress: boolean }
  | { readonly type: 'wrong'; readonly message: string }

export const help = `Rollcall demo: five pods as five processes find each other through DNS, and watch each other.

  npm start                      play: a live view, with keys to kill, freeze, cut off, restart, ...
  npm start -- --script          play everything once in order, print the measured times, and end
  npm start -- --json FILE       the same, and write the results to FILE as JSON

  --one-address    let all pods share 127.0.0.1 and differ by port, as on systems without 127.0.0.2
  --help           this text

Without a terminal, --script is what happens. It exits with 0 if everything came out right, else with 1;
wrong arguments exit with 2.
`

/** Reads the arguments after the program's name. */
export function parseArguments(parameters: readonly string[]): Wanted {
  let script = false
  let oneAddress = false
  let json: string | undefined
  const rest = [...parameters]
  for (let parameter = rest.shift(); parameter !== undefined; parameter = rest.shift()) {
    if (parameter === '--help' || parameter === '-h') return { type: 'help' }
    if (parameter === '--script') script = true
    else if (parameter === '--one-address') oneAddress = true
    else if (parameter === '--json' || parameter.startsWith('--json=')) {
      json = parameter === '--json' ? rest.shift() : parameter.slice('--json='.length)
      if (json === undefined || json === '' || json.startsWith('--')) {
        return { type: 'wrong', message: '--json needs the name of a file, as in --json results.json' }
      }
    } else {
      return { type: 'wrong', message: `unknown argument '${parameter}'; --help lists those there are` }
    }
  }
  // Results come from the script only.
  return {
    type: 'run',
    script: script || json !== undefined,
    oneAddress,
    ...(json === undefined ? {} : { json }),
  }
}
