// Commands sent at a given rate, whatever the server does, by a process of its own: redis-benchmark sends as fast as it can.
import { BenchProcess } from '../harness/bench-process.ts'
import { cpuUs, machineCpuUs, waitedUs } from './processes.ts'
import type { Server } from './servers.ts'

export interface Pace {
  readonly test: 'get' | 'set'
  readonly keys: number
  readonly perSecond: number
  readonly forMs: number
}

/** Times from when a command was due: one that is sent late for want of a moment has waited, too. */
interface PacedTimes {
  readonly sent: number
  readonly medianMs: number
  readonly p99Ms: number
  readonly worstMs: number
  /** CPU time of the client. */
  readonly cpuUs: number
}

export interface Paced extends PacedTimes {
  /** How many cores were in use on average: by the server's processes, by the client, and by all else on this machine. */
  readonly cores: { readonly server: number; readonly client: number; readonly others: number }
  /** The part of the time in which the process that was asked was ready to run, and had no core. */
  readonly waitingShare: number
}

export async function measurePaced({ port, pids }: Server, pace: Pace): Promise<Paced> {
  const client = new BenchProcess('paced-client.mjs', [], [])
  await client.ready
  const usedUs = () => pids.reduce((sum, pid) => sum + cpuUs(pid), 0)
  const asked = pids[0] as number
  const [startMs, machineUs, serverUs, waited] = [
    performance.now(),
    machineCpuUs(),
    usedUs(),
    waitedUs(asked),
  ]
  const times = await client.request<PacedTimes>('pace', { port, ...pace }, pace.forMs + 60_000)
  const tookUs = (performance.now() - startMs) * 1000
  const [server, clientCores] = [(usedUs() - serverUs) / tookUs, times.cpuUs / tookUs]
  const others = Math.max(0, (machineCpuUs() - machineUs) / tookUs - server - clientCores)
  const waitingShare = (waitedUs(asked) - waited) / tookUs
  await client.kill()
  return { ...times, cores: { server, client: clientCores, others }, waitingShare }
}
