// INFO, in the sections and with the names that Redis has for the same.
import type { Context } from './command.ts'

export const SERVER_NAME = 'rollcall-cache'
/** The Redis version whose wording and commands this follows: clients look at it to know what they may send. */
export const SERVER_VERSION = '7.0.0'

type Lines = Readonly<Record<string, string | number>>

/** @param wanted names of sections; all if there are none, or one is `all`, `default` or `everything` */
export function info(context: Context, wanted: readonly string[]): string {
  const names = wanted.map((name) => name.toLowerCase())
  const isAll = names.length === 0 || names.some((name) => ['all', 'default', 'everything'].includes(name))
  return Object.entries(sections(context))
    .filter(([name]) => isAll || names.includes(name.toLowerCase()))
    .map(([name, lines]) => `# ${name}\r\n${format(lines)}`)
    .join('\r\n')
}

function format(lines: Lines): string {
  return Object.entries(lines)
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join('')
}

function sections({ cache, connections, about }: Context): Record<string, Lines> {
  const { stats, readiness } = cache
  return {
    Server: {
      server_name: SERVER_NAME,
      redis_version: SERVER_VERSION,
      redis_mode: 'standalone',
      process_id: process.pid,
      uptime_in_seconds: Math.floor(process.uptime()),
    },
    Clients: { connected_clients: connections.open, blocked_clients: 0 },
    Memory: {
      used_memory: stats.bytes,
      used_memory_rss: process.memoryUsage.rss(),
      maxmemory: stats.maxBytes,
      maxmemory_policy: 'allkeys-lru',
    },
    // Requests are answered while keys are still being fetched: by other pods.
    Persistence: { loading: 0 },
    Stats: {
      total_connections_received: connections.accepted,
      total_commands_processed: connections.commands,
      evicted_keys: stats.evictions,
      keyspace_hits: stats.hits,
      keyspace_misses: stats.misses,
      near_hits: stats.nearHits,
      forwarded: stats.forwarded,
      repairs: stats.repairs,
    },
    Replication: { role: 'master', connected_slaves: 0 },
    Rollcall: {
      ready: readiness.isReady ? 1 : 0,
      reason: readiness.reason,
      missing_partitions: stats.missingPartitions,
      ...about(),
    },
    Keyspace: { db0: `keys=${stats.entries},expires=0,avg_ttl=0` },
  }
}
