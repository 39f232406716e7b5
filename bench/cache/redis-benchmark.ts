// Redis' own benchmark, run and read.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

export interface Throughput {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const TIMEOUT_MS = 300_000

/** Whether the programs of Redis are here. */
export function isInstalled(): boolean {
  return ['redis-server', 'redis-benchmark'].every((name) => spawnSync(name, ['--version']).status === 0)
}

/** Runs one of its tests over so many keys. */
export async function runRedisBenchmark(
  port: number,
  test: 'get' | 'set',
  keys: number,
  requests: number,
): Promise<Throughput> {
  const args = ['-p', `${port}`, '-P', '16', '-r', `${keys}`, '-n', `${requests}`, '-t', test, '--csv']
  const child = spawn('redis-benchmark', args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: TIMEOUT_MS })
  let text = ''
  for (const output of [child.stdout, child.stderr]) {
    output.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
  }
  await once(child, 'close')
  // "test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"
  const line = text.split('\n').find((one) => one.startsWith(`"${test.toUpperCase()}"`))
  const cells = line?.split(',').map((cell) => Number(cell.replaceAll('"', '')))
  const [, perSecond, , , p50Ms, , p99Ms] = cells ?? []
  if (perSecond === undefined || p50Ms === undefined || p99Ms === undefined) {
    throw new Error(`redis-benchmark ${args.join(' ')} printed:\n${text}`)
  }
  return { perSecond, p50Ms, p99Ms }
}
