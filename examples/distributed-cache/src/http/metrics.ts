// What this pod counts, in the text format of Prometheus.
import type { CacheReadiness, CacheStats } from '../cache.ts'
import type { Refusals } from '../refusals.ts'

const about: Readonly<Record<keyof CacheStats, readonly [type: 'counter' | 'gauge', help: string]>> = {
  entries: ['gauge', 'Entries in this pod.'],
  bytes: ['gauge', 'What they take, as counted for max_bytes.'],
  maxBytes: ['gauge', 'What they may take.'],
  evictions: ['counter', 'Entries evicted for want of room.'],
  hits: ['counter', 'Reads that found something.'],
  misses: ['counter', 'Reads that found nothing.'],
  nearHits: ['counter', 'Reads answered by a near copy under a lease.'],
  forwarded: ['counter', 'Reads and writes forwarded to an owner.'],
  repairs: ['counter', 'Entries that a read has brought to an owner that lacked them.'],
  loads: ['counter', 'Loaders called.'],
  missingPartitions: ['gauge', 'Partitions that this pod owns and has not all of yet.'],
  pods: ['gauge', 'Pods of the cache that are alive here, this one included.'],
  majority: ['gauge', 'Whether this pod is in no minority: there writes are refused.'],
}

export function metrics(stats: CacheStats, { isReady }: CacheReadiness, refused: Refusals['counts']): string {
  const lines = Object.entries(about).flatMap(([name, [type, help]]) => {
    const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    const full = `rollcall_cache_${snake}${type === 'counter' ? '_total' : ''}`
    return metric(full, type, help, stats[name as keyof CacheStats])
  })
  const ready = metric(
    'rollcall_cache_ready',
    'gauge',
    'Whether requests may come to this pod.',
    isReady ? 1 : 0,
  )
  return [...lines, ...ready, ...refusedLines(refused), ''].join('\n')
}

function refusedLines(refused: Refusals['counts']): string[] {
  const name = 'rollcall_cache_refused_total'
  const help = 'Requests answered with an error of the cache, over HTTP and the Redis protocol.'
  const counts = [...refused].map(([code, count]) => `${name}{code="${code}"} ${count}`)
  return [`# HELP ${name} ${help}`, `# TYPE ${name} counter`, ...counts]
}

function metric(name: string, type: string, help: string, value: number): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, `${name} ${value}`]
}
