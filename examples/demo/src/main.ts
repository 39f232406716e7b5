// The demo: `npm start`. Plays live where there is a terminal, else the script.
import { closeSync, openSync } from 'node:fs'
import { constants } from 'node:os'
import { help, parseArguments } from './arguments.ts'
import { playLive } from './screen/live.ts'
import { playScript } from './script/play.ts'

const wanted = parseArguments(process.argv.slice(2))
if (wanted.type === 'help') {
  process.stdout.write(help)
} else if (wanted.type === 'wrong') {
  fail(wanted.message, 2)
} else if (process.platform === 'win32') {
  fail('The demo freezes processes with SIGSTOP, which Windows does not have: use Linux, macOS or WSL.', 1)
} else {
  // An exit by a signal runs no exit handlers, and those end the pods and give the terminal back.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]))
  }
  if (wanted.script || !process.stdin.isTTY || !process.stdout.isTTY) await runScript(wanted)
  else await playLive(wanted)
}

async function runScript(options: { readonly oneAddress: boolean; readonly json?: string }): Promise<void> {
  const problem = options.json === undefined ? undefined : writeProblem(options.json)
  if (problem !== undefined) return fail(problem, 2)
  process.stdout.on('error', () => process.exit(1))
  const result = await playScript(options, (line) => void process.stdout.write(`${line}\n`))
  process.exitCode = result.ok ? 0 : 1
}

/** What keeps us from writing a file, found out before half a minute is spent. */
function writeProblem(file: string): string | undefined {
  try {
    closeSync(openSync(file, 'a'))
    return undefined
  } catch (error) {
    return `--json: ${file} cannot be written: ${(error as Error).message}`
  }
}

function fail(message: string, code: number): void {
  process.stderr.write(`${message}\n`)
  process.exitCode = code
}
