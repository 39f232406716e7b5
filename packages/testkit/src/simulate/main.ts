// `npm run simulate`: whole clusters under mixed faults in virtual time, one seed each. A failing seed is printed with
// the command that replays it and a short transcript; the exit code is 1 when any failed.
import { createWriteStream, type WriteStream, writeFileSync } from 'node:fs'
import { realParts } from '../sim/real-parts.ts'
import { readOptions, type SimulateOptions, usage } from './options.ts'
import { runSeeds, type SeedFailure } from './run-seeds.ts'

const bytesAsHex = (_key: string, value: unknown) =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value

/** One line for each input and output of a core. */
function traceTo(file: WriteStream): (at: number, who: string, what: object) => void {
  return (at, who, what) => file.write(`${at.toFixed(2)} ${who} ${JSON.stringify(what, bytesAsHex)}\n`)
}

function main(options: SimulateOptions): boolean {
  const { firstSeed, seeds, members, jsonFile, traceFile } = options
  console.log(`seeds ${firstSeed} to ${firstSeed + seeds - 1}, up to ${members} members`)
  const file = traceFile === undefined ? undefined : createWriteStream(traceFile)
  const result = runSeeds({
    firstSeed,
    seeds,
    members,
    onSeed: (done, failures) => showProgress(done, seeds, failures.length),
    parts: file ? { ...realParts, trace: traceTo(file) } : realParts,
  })
  file?.end()
  for (const failure of result.failures) printFailure(failure)
  const { failures, wallMs, virtualMs } = result
  console.log(
    `${seeds - failures.length} of ${seeds} seeds passed; ${(virtualMs / 1000).toFixed(0)} virtual seconds in ${(wallMs / 1000).toFixed(1)} s`,
  )
  if (jsonFile !== undefined) writeFileSync(jsonFile, `${JSON.stringify(result, null, 2)}\n`)
  return result.ok
}

/** One line that is written over on a terminal; elsewhere a line for every tenth part. */
function showProgress(done: number, seeds: number, failures: number): void {
  const text = `${done}/${seeds} seeds, ${failures} failed`
  if (process.stdout.isTTY) process.stdout.write(`\r${text}${done === seeds ? '\n' : ''}`)
  else if (done === seeds || done % Math.ceil(seeds / 10) === 0) console.log(text)
}

function printFailure({ seed, text, command, transcript }: SeedFailure): void {
  console.log(`\nseed ${seed} failed: ${text}\n  ${command}\n${transcript}\n`)
}

try {
  const command = readOptions(process.argv.slice(2), () => Math.floor(Math.random() * 2 ** 31))
  if (command.type === 'help') console.log(usage)
  else process.exitCode = main(command) ? 0 : 1
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`)
  process.exitCode = 2
}
