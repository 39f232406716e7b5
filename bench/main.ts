// `npm run bench`: measures the rows of targets.ts with real processes on this machine, prints a table and can write
// it as JSON. A target that is missed is a row that says so; the exit code is about measuring only.
import { writeFileSync } from 'node:fs'
import { blockedLoops } from './groups/blocked-loops.ts'
import { coldStart, coldStartPsk } from './groups/cold-start.ts'
import { cutOff } from './groups/cut-off.ts'
import { freeze } from './groups/freeze.ts'
import { idle } from './groups/idle.ts'
import { joinAndLeave, joinAndLeavePsk } from './groups/join-and-leave.ts'
import { kill, killAddressGone, killPsk } from './groups/kill.ts'
import { metadata } from './groups/metadata.ts'
import { packetLoss } from './groups/packet-loss.ts'
import { reset } from './groups/reset.ts'
import { restart } from './groups/restart.ts'
import { stopAndGo, stopAndGoQuarter } from './groups/stop-and-go.ts'
import type { Context, Group } from './harness/group.ts'
import { seededRandom } from './harness/random.ts'
import { type BenchOptions, readOptions, usage } from './options.ts'
import { keyCosts } from './report/key-costs.ts'
import { describeMachine } from './report/machine.ts'
import { type Result, unmeasured } from './report/result.ts'
import { table } from './report/table.ts'
import { rowNames } from './targets.ts'

const groups = [
  kill,
  killPsk,
  killAddressGone,
  reset,
  joinAndLeave,
  joinAndLeavePsk,
  metadata,
  freeze,
  stopAndGo,
  stopAndGoQuarter,
  blockedLoops,
  packetLoss,
  restart,
  cutOff,
  coldStart,
  coldStartPsk,
  idle,
]
const QUICK_SIZE = 5
const QUICK_RUNS = 1
const QUICK_SPAN_SHARE = 1 / 15
const QUICK_SPAN_MAX_MS = 5000

async function main(): Promise<number> {
  const options = parsed()
  if (options === undefined) return 2
  if (options.help) {
    process.stdout.write(usage)
    return 0
  }
  if (process.platform !== 'linux') {
    process.stderr.write('The bench gives every member a loopback address of its own, which needs Linux.\n')
    return 2
  }
  const machine = describeMachine()
  const { cpu, cores, memoryGiB, system, node, loadBefore } = machine
  process.stdout.write(
    `${cpu}, ${cores} cores, ${memoryGiB} GiB; ${system}; Node ${node}; load ${loadBefore}\n\n`,
  )
  const results = await measureAll(options)
  process.stdout.write(`${table(results)}\n`)
  for (const line of keyCosts(results)) process.stdout.write(`${line}\n`)
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify({ machine, results }, null, 2)}\n`)
  }
  return results.some(({ error }) => error !== null) ? 1 : 0
}

function parsed(): BenchOptions | undefined {
  try {
    return readOptions(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`)
    return undefined
  }
}

async function measureAll(options: BenchOptions): Promise<Result[]> {
  const results: Result[] = []
  for (const group of groups.filter(({ rows }) => rows.some((name) => options.only.includes(name)))) {
    for (const size of options.quick ? [QUICK_SIZE] : group.sizes) {
      const startedMs = performance.now()
      results.push(...(await measureOne(group, size, options)))
      const seconds = (performance.now() - startedMs) / 1000
      progress(`${group.rows.join(', ')}, ${size} members: done in ${seconds.toFixed(0)} s`)
    }
  }
  return results
    .filter(({ name }) => options.only.includes(name))
    .sort((a, b) => rowNames.indexOf(a.name) - rowNames.indexOf(b.name) || a.members - b.members)
}

async function measureOne(group: Group, size: number, options: BenchOptions): Promise<Result[]> {
  const skipped = group.skip?.()
  if (skipped !== undefined) return group.rows.map((name) => unmeasured(name, size, { skipped }))
  try {
    return await group.measure(contextFor(options), size)
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    progress(text)
    return group.rows.map((name) => unmeasured(name, size, { error: text }))
  }
}

function contextFor({ quick, runs, seed }: BenchOptions): Context {
  return {
    random: seededRandom(seed),
    runs: (usual) => runs ?? (quick ? Math.min(QUICK_RUNS, usual) : usual),
    span: (seconds) =>
      quick ? Math.min(seconds * 1000 * QUICK_SPAN_SHARE, QUICK_SPAN_MAX_MS) : seconds * 1000,
    progress,
  }
}

function progress(text: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))
process.exit(await main())
