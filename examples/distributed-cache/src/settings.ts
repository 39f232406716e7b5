// What the environment says. In a pod with the manifest that is SERVICE, EXPECTED_SIZE and MAX_BYTES; the rest is for running
// it elsewhere.
import type { JoinOptions } from '@rollcall/membership'
import { headlessService, staticSeeds } from '@rollcall/seed'
import type { CacheOptions } from './options.ts'

type Environment = Readonly<Record<string, string | undefined>>

export interface Settings {
  readonly join: JoinOptions
  readonly cache: Omit<CacheOptions, 'cluster'>
  /** Where all servers listen; undefined for all addresses. */
  readonly host: string | undefined
  readonly respPort: number
  readonly httpPort: number
  /** How long a leaving pod takes requests at least: Kubernetes takes a moment to send them elsewhere. */
  readonly drainMs: number
}

const MAX_PORT = 65_535
const MAX_MS = 2 ** 31 - 1
const MIB = 1024 * 1024

/** A variable of the environment that cannot be what is meant. */
export class SettingError extends Error {
  constructor(name: string, what: string) {
    super(`${name}: ${what}`)
  }
}

/** @throws SettingError */
export function settingsFrom(env: Environment): Settings {
  const number = (name: string, min: number, max: number) => numberFrom(env, name, min, max)
  const expectedSize = number('EXPECTED_SIZE', 1, 10_000)
  const port = number('PORT', 0, MAX_PORT)
  const replicas = number('REPLICAS', 1, 16)
  const ttlMs = number('TTL_MS', 1, Number.MAX_SAFE_INTEGER)
  const host = env.HOST || undefined
  return {
    join: {
      seeds: seedsFrom(env),
      // Links are neither encrypted nor authenticated yet: a NetworkPolicy keeps strangers away from them.
      security: 'none',
      // Leaves, and then lets the process end by the signal. Kubernetes sends the first, a terminal the second.
      signals: ['SIGTERM', 'SIGINT'],
      ...(host && { host }),
      ...(port !== undefined && { port }),
      // As in `replicas` of the manifest: a pod knows by it when it is in a minority.
      ...(expectedSize !== undefined && { expectedSize }),
    },
    cache: {
      maxBytes: number('MAX_BYTES', 64 * 1024, Number.MAX_SAFE_INTEGER) ?? 256 * MIB,
      ...(replicas !== undefined && { replicas }),
      ...(ttlMs !== undefined && { ttlMs }),
    },
    host,
    respPort: number('RESP_PORT', 0, MAX_PORT) ?? 6379,
    httpPort: number('HTTP_PORT', 0, MAX_PORT) ?? 8080,
    drainMs: number('DRAIN_MS', 0, MAX_MS) ?? 2000,
  }
}

function seedsFrom(env: Environment): JoinOptions['seeds'] {
  const { SEEDS: seeds, DNS_SERVERS: servers } = env
  try {
    if (seeds) return staticSeeds(seeds.split(','))
    return headlessService(env.SERVICE || 'cache', servers ? { servers: servers.split(',') } : {})
  } catch (error) {
    throw new SettingError(seeds ? 'SEEDS' : 'SERVICE or DNS_SERVERS', (error as Error).message)
  }
}

/** What is not set, or empty, is not given. */
function numberFrom(env: Environment, name: string, min: number, max: number): number | undefined {
  const text = env[name]
  if (text === undefined || text === '') return undefined
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= min && value <= max) return value
  throw new SettingError(name, `expected a whole number from ${min} to ${max}, got '${text}'`)
}
