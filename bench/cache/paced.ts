// Commands sent at a given rate, whatever the server does, by a process of its own: redis-benchmark sends as fast as it can.
import { BenchProcess } from '../harness/bench-process.ts'

export interface Pace {
  readonly port: number
  readonly test: 'get' | 'set'
  readonly keys: number
  readonly perSecond: number
  readonly forMs: number
}

/** Times from when a command was due: one that is sent late for want of a moment has waited, too. */
export interface PacedTimes {
  readonly sent: number
  readonly medianMs: number
  readonly p99Ms: number
  readonly worstMs: number
}

export async function measurePaced(pace: Pace): Promise<PacedTimes> {
  const client = new BenchProcess('paced-client.mjs', [], [])
  await client.ready
  const times = await client.request<PacedTimes>('pace', pace, pace.forMs + 60_000)
  await client.kill()
  return times
}
