// `npm run bench:lifeguard`: Lifeguard's own test in virtual time, our detector beside plain SWIM with the same
// options. Each line is one setting.
import { cpus } from 'node:os'
import {
  type BlockedResult,
  type BlockedRun,
  type Blocking,
  runBlockedMembers,
} from '../packages/testkit/src/sim/blocked-members.ts'
import { wholeNumbersOrExit } from './whole-numbers.ts'

const WINDOWS_MS = [128, 2048, 8192, 32_768]
const BLOCKED = [1, 8, 32]
const GAP_MS = 1024
/** At least so long, and every window once. */
const LEAST_MS = 20_000

const {
  seed: firstSeed,
  seeds,
  members,
} = wholeNumbersOrExit('npm run bench:lifeguard', {
  members: { about: 'size of the cluster; at most a quarter is blocked', byDefault: 128, least: 4 },
  seed: { about: 'the first seed', byDefault: 1, least: 0 },
  seeds: { about: 'how many seeds are run and added up', byDefault: 1, least: 1 },
})

/** All seeds of one setting, added up. */
function measure(setting: Omit<BlockedRun, 'seed'>): BlockedResult {
  const runs = Array.from({ length: seeds }, (_, i) => runBlockedMembers({ ...setting, seed: firstSeed + i }))
  const sum = (of: (run: BlockedResult) => number) => runs.reduce((total, run) => total + of(run), 0)
  return {
    falseFailed: sum((run) => run.falseFailed),
    falseFailedAtHealthy: sum((run) => run.falseFailedAtHealthy),
    falseSuspected: sum((run) => run.falseSuspected),
    failedMs: runs.flatMap((run) => run.failedMs),
  }
}

function cells({ falseFailed, falseFailedAtHealthy, falseSuspected, failedMs }: BlockedResult): string {
  const sorted = failedMs.toSorted((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const failed = `${(median / 1000).toFixed(2)} (${((sorted.at(-1) ?? Number.NaN) / 1000).toFixed(2)}) s`
  return `${falseFailed} | ${falseFailedAtHealthy} | ${falseSuspected} | ${failed}`
}

const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`
console.log(
  `${members} members, seeds ${firstSeed} to ${firstSeed + seeds - 1}, gap ${GAP_MS} ms; ${machine}\n`,
)
console.log(
  '| blocked | what waits | window | SWIM: FP | FP- | suspected | failed | ours: FP | FP- | suspected | failed |',
)
console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |')
for (const blocking of ['messages', 'process'] satisfies Blocking[]) {
  for (const windowMs of WINDOWS_MS) {
    for (const blocked of BLOCKED) {
      if (blocked > members / 4) continue
      const setting = {
        members,
        blocked,
        blocking,
        windowMs,
        gapMs: GAP_MS,
        forMs: Math.max(LEAST_MS, windowMs + 2000),
      }
      const swim = measure({ ...setting, detector: 'swim' })
      const ours = measure({ ...setting, detector: 'lifeguard' })
      console.log(`| ${blocked} | ${blocking} | ${windowMs} ms | ${cells(swim)} | ${cells(ours)} |`)
    }
  }
}
