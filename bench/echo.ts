// `npm run bench:messages`: a question and its answer between two processes on loopback, by bare `ws`, gRPC-js, HTTP/1.1
// (undici) and Rollcall, plain and with a shared key: the same work, in turn, several rounds, each with processes of its own. What counts are the
// ratios within a round.
import { BenchProcess } from './harness/bench-process.ts'
import { describeMachine } from './report/machine.ts'
import { median } from './report/result.ts'
import { readRounds } from './rounds-option.ts'

const CONTENDERS = ['ws', 'rollcall', 'rollcall-psk', 'grpc', 'undici'] as const
type Contender = (typeof CONTENDERS)[number]

/** What one contender came to in one round. */
interface Figures {
  readonly smallLatency: Latency
  readonly largeLatency: Latency
  readonly smallPerSecond: Throughput
  readonly largePerSecond: Throughput
  readonly idle: { readonly loopDelayP99Ms: number }
}

interface Latency {
  readonly medianUs: number
  readonly p99Us: number
  readonly worstUs: number
}

interface Throughput {
  readonly perSecond: number
  readonly loopDelayP99Ms: number
}

const SMALL_BYTES = 64
const LARGE_BYTES = 1024 * 1024
const SMALL_IN_FLIGHT = 256
const LARGE_IN_FLIGHT = 4

const usage = `npm run bench:messages -- [options]

  --rounds N   rounds, each with every contender; default 5
  --quick      one short round: whether it measures, not what
  --help       this text
`

async function main(): Promise<void> {
  const { rounds, quick } = readRounds(usage)
  const share = quick ? 0.1 : 1
  const { cpu, cores, memoryGiB, system, node, loadBefore } = describeMachine()
  console.log(`${cpu}, ${cores} cores, ${memoryGiB} GiB; ${system}; Node ${node}; load ${loadBefore}`)
  const results: Record<Contender, Figures>[] = []
  for (let round = 1; round <= rounds; round++) {
    const figures = {} as Record<Contender, Figures>
    for (const contender of CONTENDERS) {
      figures[contender] = await measure(contender, share)
      process.stderr.write(`round ${round} of ${rounds}: ${contender} done\n`)
    }
    results.push(figures)
  }
  print(results)
}

async function measure(contender: Contender, share: number): Promise<Figures> {
  const server = new BenchProcess('echo-server.mjs', [contender], [])
  const { server: address } = await server.ready
  const client = new BenchProcess('echo-client.mjs', [contender, String(address), `${SMALL_IN_FLIGHT}`], [])
  await client.ready
  const ms = (full: number) => full * share
  const small = { bytes: SMALL_BYTES, warmUpMs: ms(2000), forMs: ms(4000) }
  const large = { bytes: LARGE_BYTES, warmUpMs: ms(1000), forMs: ms(4000) }
  const figures: Figures = {
    idle: await client.request('idle', { forMs: ms(2000) }),
    smallLatency: await client.request('pingPong', small),
    smallPerSecond: await client.request('pipelined', { ...small, inFlight: SMALL_IN_FLIGHT }),
    largeLatency: await client.request('pingPong', large),
    largePerSecond: await client.request('pipelined', { ...large, inFlight: LARGE_IN_FLIGHT }),
  }
  await Promise.all([server.kill(), client.kill()])
  return figures
}

function print(results: readonly Record<Contender, Figures>[]): void {
  for (const contender of CONTENDERS) {
    const of = (pick: (figures: Figures) => number) => results.map((round) => pick(round[contender]))
    const line = (pick: (figures: Figures) => number, digits = 0) => {
      const values = of(pick)
      return `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)})`
    }
    console.log(`
${contender}: median of ${results.length} rounds (least to most)
  64 B, one by one    median ${line((f) => f.smallLatency.medianUs, 1)} µs, p99 ${line((f) => f.smallLatency.p99Us, 1)} µs
  64 B, 256 under way ${line((f) => f.smallPerSecond.perSecond)} a second; loop delay p99 ${line((f) => f.smallPerSecond.loopDelayP99Ms, 2)} ms
  1 MiB, one by one   median ${line((f) => f.largeLatency.medianUs, 0)} µs, p99 ${line((f) => f.largeLatency.p99Us, 0)} µs
  1 MiB, 4 under way  ${line((f) => f.largePerSecond.perSecond, 1)} a second; loop delay p99 ${line((f) => f.largePerSecond.loopDelayP99Ms, 2)} ms
  idle                loop delay p99 ${line((f) => f.idle.loopDelayP99Ms, 2)} ms`)
  }
  const ratio = (other: Contender, pick: (figures: Figures) => number, one: Contender = 'rollcall') =>
    results.map((round) => pick(round[one]) / pick(round[other]))
  console.log('\nrollcall against the others, in the same round')
  verdict(
    '64 B latency, times bare ws',
    ratio('ws', (f) => f.smallLatency.medianUs),
    'at most',
    1.5,
  )
  verdict(
    '64 B throughput, times bare ws',
    ratio('ws', (f) => f.smallPerSecond.perSecond),
    'at least',
    1,
  )
  verdict(
    '1 MiB latency, times bare ws',
    ratio('ws', (f) => f.largeLatency.medianUs),
    'at most',
    1.25,
  )
  verdict(
    '1 MiB throughput, times bare ws',
    ratio('ws', (f) => f.largePerSecond.perSecond),
    'at least',
    0.8,
  )
  verdict(
    '64 B throughput, times gRPC-js',
    ratio('grpc', (f) => f.smallPerSecond.perSecond),
    'at least',
    2,
  )
  verdict(
    '64 B throughput, times undici',
    ratio('undici', (f) => f.smallPerSecond.perSecond),
    'at least',
    2,
  )
  console.log('\nrollcall with a shared key against rollcall without, in the same round')
  for (const [what, pick] of pskRows) report(what, ratio('rollcall', pick, 'rollcall-psk'))
  verdict(
    '64 B throughput, times plain',
    ratio('rollcall', (f) => f.smallPerSecond.perSecond, 'rollcall-psk'),
    'at least',
    0.7,
  )
}

/** What a key costs, beyond what has a target. */
const pskRows: readonly (readonly [string, (figures: Figures) => number])[] = [
  ['64 B latency, times plain', (f) => f.smallLatency.medianUs],
  ['1 MiB latency, times plain', (f) => f.largeLatency.medianUs],
  ['1 MiB throughput, times plain', (f) => f.largePerSecond.perSecond],
]

function report(what: string, ratios: readonly number[]): void {
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)]
  console.log(`  ${what.padEnd(32)} ${median(ratios).toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`)
}

function verdict(
  what: string,
  ratios: readonly number[],
  sense: 'at most' | 'at least',
  target: number,
): void {
  const middle = median(ratios)
  const worst = sense === 'at most' ? Math.max(...ratios) : Math.min(...ratios)
  const reached = sense === 'at most' ? middle <= target : middle >= target
  console.log(
    `  ${what.padEnd(32)} ${middle.toFixed(2)} (worst ${worst.toFixed(2)}), target ${sense} ${target}: ${reached ? 'reached' : 'MISSED'}`,
  )
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))
await main()
process.exit()
