// What this pod counts, in the text format of Prometheus.
import type { CacheReadiness, CacheStats } from '../cache.ts'

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
}

export function metrics(stats: CacheStats, { isReady }: CacheReadiness): string {
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
  return [...lines, ...ready, ''].join('\n')
}

function metric(name: string, type: string, help: string, value: number): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, `${name} ${value}`]
}
