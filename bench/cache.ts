// `npm run bench:cache`: the example's cache beside a Redis server, by Redis' own benchmark: the same work, in turn, several
// rounds. What counts are the ratios within a round. Then the time of one command at half of the most there was, one load
// by many callers, and memory.
import { callMany } from './cache/get-or-load.ts'
import { fillPod } from './cache/memory.ts'
import { measurePaced } from './cache/paced.ts'
import { cpuUs } from './cache/processes.ts'
import { isInstalled, runRedisBenchmark, type Throughput } from './cache/redis-benchmark.ts'
import { fillKeys } from './cache/resp-client.ts'
import { type Server, startBare, startPods, startRedis } from './cache/servers.ts'
import { describeMachine } from './report/machine.ts'
import { median } from './report/result.ts'
import { readRounds } from './rounds-option.ts'

/** Who is measured, with what: the first is what the others are held against. */
const ROWS = [
  { name: 'GET, Redis', server: 'redis', test: 'get' },
  { name: 'GET, one pod', server: 'one', test: 'get', least: 0.3 },
  { name: 'GET, 3 pods, 1/3 remote', server: 'threeByTwo', test: 'get' },
  { name: 'GET, 3 pods, 2/3 remote', server: 'threeByOne', test: 'get', least: 0.12 },
  { name: 'SET, Redis', server: 'redis', test: 'set' },
  { name: 'SET, one pod', server: 'one', test: 'set' },
  { name: 'SET, 3 pods, two copies', server: 'threeByTwo', test: 'set', least: 0.1 },
] as const
type Row = (typeof ROWS)[number]

const KEYS = 100_000
const P99_MOST_MS = 10
/** V8 goes on compiling for so long when commands come one at a time, after the batches of the benchmark. */
const WARM_UP_MS = 30_000
const MIB = 1024 * 1024

const usage = `npm run bench:cache -- [options]

  --rounds N   rounds, each with every row; default 5
  --quick      one short round: whether it measures, not what
  --help       this text

Needs redis-server and redis-benchmark (Debian: redis-server, redis-tools).
`

type Servers = Readonly<Record<Row['server'], Server>>

async function main(): Promise<void> {
  const { rounds, quick } = readRounds(usage)
  if (!isInstalled()) {
    console.log(
      'redis-server and redis-benchmark are not installed: nothing to compare with. Nothing was measured.',
    )
    return
  }
  const { cpu, cores, memoryGiB, system, node, loadBefore } = describeMachine()
  console.log(`${cpu}, ${cores} cores, ${memoryGiB} GiB; ${system}; Node ${node}; load ${loadBefore}`)
  const servers: Servers = {
    redis: await startRedis(),
    one: await startPods({ pods: 1, replicas: 1 }),
    threeByTwo: await startPods({ pods: 3, replicas: 2 }),
    threeByOne: await startPods({ pods: 3, replicas: 1 }),
  }
  for (const { port } of Object.values(servers)) await fillKeys(port, KEYS)
  const results = await measureThroughput(servers, rounds, quick ? 20_000 : 300_000)
  printThroughput(results)
  await (quick ? printPaced(servers, results, 0, 1000) : printPaced(servers, results, WARM_UP_MS, 10_000))
  await Promise.all(Object.values(servers).map((server) => server.stop()))
  await printLoads()
  for (const valueBytes of [1024, 10 * 1024]) await printMemory(valueBytes, (quick ? 20 : 200) * MIB)
}

interface Measured extends Throughput {
  /** CPU time that the process behind the port took for a command: says more than throughput where others are at work, too. */
  readonly cpuUs: number
  /** The same of all pods. */
  readonly allCpuUs: number
}

type Results = Readonly<Record<Row['name'], Measured[]>>

async function measureThroughput(servers: Servers, rounds: number, requests: number): Promise<Results> {
  const results = Object.fromEntries(ROWS.map(({ name }) => [name, [] as Measured[]])) as Results
  for (let round = 1; round <= rounds; round++) {
    for (const { name, server, test } of ROWS) {
      const { port, pids } = servers[server]
      const before = pids.map(cpuUs)
      const throughput = await runRedisBenchmark(port, test, KEYS, requests)
      const used = pids.map((pid, index) => (cpuUs(pid) - (before[index] ?? 0)) / requests)
      const allCpuUs = used.reduce((sum, one) => sum + one, 0)
      results[name].push({ ...throughput, cpuUs: used[0] ?? Number.NaN, allCpuUs })
    }
    process.stderr.write(`round ${round} of ${rounds} done\n`)
  }
  return results
}

function printThroughput(results: Results): void {
  console.log('\nredis-benchmark -P 16 -r 100000, 50 connections: median of the rounds (least to most)')
  for (const row of ROWS) {
    const measured = results[row.name]
    const base = results[row.test === 'get' ? 'GET, Redis' : 'SET, Redis']
    const of = (pick: (one: Measured) => number) => median(measured.map(pick))
    const perSecond = measured.map((one) => one.perSecond)
    const [least, most] = [Math.min(...perSecond), Math.max(...perSecond)].map(Math.round)
    console.log(
      `  ${row.name.padEnd(24)} ${of((one) => one.perSecond).toFixed(0)} a second (${least} to ${most}), p99 ${of((one) => one.p99Ms).toFixed(1)} ms`,
    )
    console.log(
      `${' '.repeat(27)}CPU ${of((one) => one.cpuUs).toFixed(2)} µs a command, of all pods ${of((one) => one.allCpuUs).toFixed(2)} µs`,
    )
    if (row.server === 'redis') continue
    const ratios = measured.map((one, round) => one.perSecond / (base[round] as Measured).perSecond)
    const byCpu = measured.map((one, round) => (base[round] as Measured).cpuUs / one.cpuUs)
    const verdict = 'least' in row ? verdictOn(ratios, row.least) : ''
    console.log(
      `${' '.repeat(27)}times Redis ${median(ratios).toFixed(2)} (worst ${Math.min(...ratios).toFixed(2)})${verdict}; by CPU of its process ${median(byCpu).toFixed(2)}`,
    )
  }
}

function verdictOn(ratios: readonly number[], least: number): string {
  return `, target at least ${least}: ${median(ratios) >= least ? 'reached' : 'MISSED'}`
}

async function printPaced(
  servers: Servers,
  results: Results,
  warmUpMs: number,
  forMs: number,
): Promise<void> {
  console.log(
    `\nat half of that, evenly over time, for ${forMs / 1000} s after ${warmUpMs / 1000} s of the same: from when a command was due to its reply`,
  )
  const bare = { get: await startBare('get'), set: await startBare('set') }
  for (const { name, server, test } of ROWS) {
    const perSecond = Math.round(median(results[name].map((one) => one.perSecond)) / 2)
    const pace = { test, keys: KEYS, perSecond, forMs }
    if (warmUpMs > 0) await measurePaced(servers[server], { ...pace, forMs: warmUpMs })
    const { sent, medianMs, p99Ms, worstMs, cores, waitingShare } = await measurePaced(servers[server], pace)
    const isRedis = server === 'redis'
    const verdict = `, target under ${P99_MOST_MS} ms: ${p99Ms < P99_MOST_MS ? 'reached' : 'MISSED'}`
    console.log(
      `  ${name.padEnd(24)} ${perSecond} a second, n ${sent}: median ${medianMs.toFixed(2)} ms, p99 ${p99Ms.toFixed(1)} ms${isRedis ? '' : verdict}; worst ${worstMs.toFixed(0)} ms`,
    )
    console.log(
      `${' '.repeat(27)}cores in use: server ${cores.server.toFixed(2)}, client ${cores.client.toFixed(2)}, all else ${cores.others.toFixed(2)}; the asked process waited for one ${percent(waitingShare)} of the time`,
    )
    if (isRedis) continue
    const [redisTimes, bareTimes] = [
      await measurePaced(servers.redis, pace),
      await measurePaced(bare[test], pace),
    ]
    console.log(
      `${' '.repeat(27)}p99 at that rate: Redis ${redisTimes.p99Ms.toFixed(1)} ms, a bare server of Node ${bareTimes.p99Ms.toFixed(1)} ms`,
    )
  }
  await Promise.all(Object.values(bare).map((one) => one.stop()))
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}

async function printLoads(): Promise<void> {
  const { callers, pods, loads, ms } = await callMany({ callers: 1000, pods: 5 })
  console.log(
    `\ngetOrLoad of one key by ${callers} callers on ${pods} pods: ${loads} load (${ms.toFixed(0)} ms)`,
  )
}

async function printMemory(valueBytes: number, maxBytes: number): Promise<void> {
  const { baseBytes, filledBytes, entries, keyBytes } = await fillPod({ valueBytes, maxBytes })
  const grown = filledBytes - baseBytes
  const mib = (bytes: number) => `${(bytes / MIB).toFixed(0)} MiB`
  const times = grown / maxBytes
  console.log(
    `\nfilled with values of ${valueBytes} B up to ${mib(maxBytes)}: ${entries} entries, resident ${mib(filledBytes)}; a pod that keeps nothing of the same ${mib(baseBytes)}` +
      `\n  ${times.toFixed(2)} times maxBytes, target at most 1.25: ${times <= 1.25 ? 'reached' : 'MISSED'}` +
      `\n  an entry takes ${(grown / entries - keyBytes - valueBytes).toFixed(0)} B beside its key and value`,
  )
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))
await main()
process.exit()
