// `npm run flood`: connections that come to nothing, by the thousand, against a cluster of five processes; plain, and with
// shared keys. Exits with 1 when something is missed that is promised.
import { randomBytes } from 'node:crypto'
import { loadavg } from 'node:os'
import type { Left } from './attacker.ts'
import { type FloodOptions, flood } from './flood.ts'

const MEMBERS = 5
const QUESTIONS = 100_000
const MOST_GROWTH_MIB = 50
const MOST_JOIN_MS = 1000

const security = { keys: [{ id: 'a', secret: randomBytes(32).toString('base64') }] }
const halfOpen = (left: Left) => ({ left, connections: 10_000, perSecond: 2000, sources: 100 })
/** For ten seconds. */
const from = (sources: number, left: Left) => ({ left, connections: 20_000, perSecond: 2000, sources })

const floods: Readonly<Record<string, Omit<FloodOptions, 'members'>>> = {
  '10,000 of 100 addresses, TCP only': halfOpen('tcp'),
  '10,000 of 100 addresses, half a header': halfOpen('http'),
  '10,000 of 100 addresses, no hello': halfOpen('upgraded'),
  '10,000 of 100 addresses, TLS begun, with keys': { ...halfOpen('tls'), security },
  '2,000 a second of one address, TCP only': from(1, 'tcp'),
  '2,000 a second of one address, no hello': from(1, 'upgraded'),
  '2,000 a second of one address, TLS begun, with keys': { ...from(1, 'tls'), security },
  '2,000 a second of one address, a wrong key': { ...from(1, 'refused'), security },
  '2,000 a second of the address of the members, no hello': from(0, 'upgraded'),
}
/** Whoever sends from an address of ours keeps others that come from it waiting: how long is shown, and not promised. */
const unpromised = '2,000 a second of the address of the members, no hello'

let missed = 0
for (const [name, options] of Object.entries(floods)) {
  const load = loadavg()[0]?.toFixed(1)
  const result = await flood({ members: MEMBERS, questions: QUESTIONS, ...options })
  const { growthMiB, joinsMs, accusations, missing, counters, connected, tookMs, cpuMs } = result
  const slowest = Math.max(...joinsMs)
  const isFine =
    growthMiB < MOST_GROWTH_MIB && slowest < MOST_JOIN_MS && accusations === 0 && missing.length === 0
  if (!isFine && name !== unpromised) missed++
  const sorted = [...joinsMs].sort((a, b) => a - b)
  const median = sorted[sorted.length >> 1]?.toFixed(0)
  console.log(
    `${name}: ${isFine ? 'fine' : name === unpromised ? 'not promised' : 'MISSED'}; ${connected} connected in ${(tookMs / 1000).toFixed(1)} s, ` +
      `memory +${growthMiB.toFixed(1)} MiB, CPU ${(cpuMs / 1000).toFixed(1)} s, ${joinsMs.length} joins: median ${median} ms, slowest ${slowest.toFixed(0)} ms, ` +
      `${accusations} accusations${missing.length > 0 ? `, missing ${missing}` : ''}; load before ${load}`,
  )
  const dropped = Object.entries(counters).filter(([counter]) =>
    /^(busy|handshake|too-much|no-tls|tls|wrong)/.test(counter),
  )
  console.log(`  ${dropped.map(([counter, count]) => `${counter} ${count}`).join(', ')}`)
}
process.exitCode = missed === 0 ? 0 : 1
