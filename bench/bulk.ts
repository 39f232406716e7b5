// `npm run bench:bulk`: three members on loopback. How long a small question takes beside a stream, on the same link and
// on another; and whether anybody is suspected while a gibibyte goes over every link in both directions.
import { setTimeout as pause } from 'node:timers/promises'
import { BenchProcess } from './harness/bench-process.ts'
import { describeMachine } from './report/machine.ts'
import { median } from './report/result.ts'
import { readRounds } from './rounds-option.ts'

interface Latency {
  readonly count: number
  readonly medianUs: number
  readonly p99Us: number
  readonly worstUs: number
}

interface Pulled {
  readonly seconds: number
  readonly bytes: number
  readonly loopDelayP99Ms: number
}

const NAMES = ['a', 'b', 'c'] as const
const SMALL_BYTES = 64
const ENDLESS_BYTES = 2 ** 40
const GIBIBYTE = 2 ** 30
const FULL_TIMEOUT_MS = 600_000

const usage = `npm run bench:bulk -- [options]

  --rounds N   rounds of small questions beside a stream; default 5
  --quick      one short round and 64 MiB a link: whether it measures, not what
  --help       this text
`

type Members = Readonly<Record<(typeof NAMES)[number], BenchProcess>>

async function main(): Promise<void> {
  const { rounds, quick } = readRounds(usage)
  const { cpu, cores, memoryGiB, system, node, loadBefore } = describeMachine()
  console.log(`${cpu}, ${cores} cores, ${memoryGiB} GiB; ${system}; Node ${node}; load ${loadBefore}\n`)
  const members = await form()
  const forMs = quick ? 500 : 3000
  await members.a.request('pingPong', { to: 'b', bytes: SMALL_BYTES, forMs })
  const results = []
  for (let round = 0; round < rounds; round++) {
    const idle = await members.a.request<Latency>('pingPong', { to: 'b', bytes: SMALL_BYTES, forMs })
    const sameLink = await beside(members, members.a, forMs)
    const otherLink = await beside(members, members.c, forMs)
    results.push({ idle, sameLink, otherLink })
  }
  const idleUs = median(results.map(({ idle }) => idle.medianUs))
  const mostUs = Math.max(5 * idleUs, 1000)
  line(
    'idle',
    results.map(({ idle }) => idle),
  )
  line(
    'beside a stream on the same link',
    results.map(({ sameLink }) => sameLink.latency),
    mostUs,
  )
  line(
    'beside a stream on another link',
    results.map(({ otherLink }) => otherLink.latency),
    mostUs,
  )
  await everyLink(members, quick ? GIBIBYTE / 16 : GIBIBYTE)
  await Promise.all(Object.values(members).map((member) => member.kill()))
}

async function form(): Promise<Members> {
  const members = {} as Record<(typeof NAMES)[number], BenchProcess>
  const seeds: string[] = []
  for (const name of NAMES) {
    const member = new BenchProcess('bulk-member.mjs', [], [])
    await member.ready
    const { address } = await member.request<{ address: string }>('join', { name, host: '127.0.0.1', seeds })
    seeds.push(address)
    members[name] = member
  }
  for (const member of Object.values(members)) await member.request('settled', { members: NAMES.length })
  return members
}

/** Small questions from a to b while somebody pulls a stream from b. */
async function beside(
  { a }: Members,
  puller: BenchProcess,
  forMs: number,
): Promise<{ latency: Latency; pulled: Pulled }> {
  const pulling = puller.request<Pulled>('pull', { from: ['b'], bytes: ENDLESS_BYTES })
  await pause(200)
  const latency = await a.request<Latency>('pingPong', { to: 'b', bytes: SMALL_BYTES, forMs })
  await puller.request('stop')
  return { latency, pulled: await pulling }
}

async function everyLink(members: Members, bytes: number): Promise<void> {
  const pulls = NAMES.map((name) =>
    members[name].request<Pulled>(
      'pull',
      { from: NAMES.filter((other) => other !== name), bytes },
      FULL_TIMEOUT_MS,
    ),
  )
  const pulled = await Promise.all(pulls)
  const suspicions = await Promise.all(
    Object.values(members).map(
      async (member) => (await member.request<{ count: number }>('suspicions')).count,
    ),
  )
  const total = pulled.reduce((sum, { bytes: some }) => sum + some, 0)
  const seconds = Math.max(...pulled.map((one) => one.seconds))
  const delays = pulled.map(({ loopDelayP99Ms }) => loopDelayP99Ms.toFixed(1)).join(', ')
  const count = suspicions.reduce((sum, some) => sum + some, 0)
  console.log(
    `\n${(total / GIBIBYTE).toFixed(2)} GiB over all links at once in ${seconds.toFixed(1)} s ` +
      `(${(total / 2 ** 20 / seconds).toFixed(0)} MiB/s in all); loop delay p99 ${delays} ms; ` +
      `suspicions and verdicts: ${count}, target 0: ${count === 0 ? 'reached' : 'MISSED'}`,
  )
}

function line(what: string, latencies: readonly Latency[], mostUs?: number): void {
  const middle = median(latencies.map(({ medianUs }) => medianUs))
  const highest = Math.max(...latencies.map(({ medianUs }) => medianUs))
  const p99 = median(latencies.map(({ p99Us }) => p99Us))
  const worst = Math.max(...latencies.map(({ worstUs }) => worstUs))
  const count = latencies.reduce((sum, latency) => sum + latency.count, 0)
  const verdict =
    mostUs === undefined
      ? ''
      : `, target at most ${mostUs.toFixed(0)} µs: ${middle <= mostUs ? 'reached' : 'MISSED'}`
  console.log(
    `64 B ${what.padEnd(33)} median ${middle.toFixed(0)} µs (highest of ${latencies.length} rounds ${highest.toFixed(0)}), ` +
      `p99 ${p99.toFixed(0)} µs, worst ${worst.toFixed(0)} µs, n = ${count}${verdict}`,
  )
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))
await main()
process.exit()
