// What the environment says. In a pod with the manifest that is SERVICE, EXPECTED_SIZE and MAX_BYTES; the rest is for running
// it elsewhere.
import {
  DEFAULT_KEY_FILE,
  type JoinOptions,
  KeyFileError,
  ListenError,
  OptionError,
  SecurityRequiredError,
} from '@rollcall/membership'
import { headlessService, SeedError, staticSeeds } from '@rollcall/seed'
import { type CacheOptions, FEW_COPIES, MAX_REPLICAS, MAX_TTL_MS, MIN_BYTES, MINORITY } from './options.ts'

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
/** All hooks together have 20 s before the goodbye (`handoverTimeoutMs`), and clients 2 of them for their last replies. */
const MAX_DRAIN_MS = 18_000
/** No key is shorter. */
const MIN_SECRET_BYTES = 32
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
  const replicas = number('REPLICAS', 1, MAX_REPLICAS)
  const ttlMs = number('TTL_MS', 1, MAX_TTL_MS)
  const whenFewCopies = wordFrom(env, 'WHEN_FEW_COPIES', FEW_COPIES)
  const inMinority = wordFrom(env, 'IN_MINORITY', MINORITY)
  const host = env.HOST || undefined
  return {
    join: {
      seeds: seedsFrom(env),
      // In a pod the key is where it is looked for; on loopback addresses none is needed.
      ...(env.KEY_FILE && { security: { keys: env.KEY_FILE } }),
      // Leaves, and then lets the process end by the signal. Kubernetes sends the first, a terminal the second.
      signals: ['SIGTERM', 'SIGINT'],
      // A write waits until an owner that is gone with its address is failed, and nobody should wait for half a second. A verdict
      // that was wrong costs little here: the pod compares what it has, and nothing is lost.
      protocol: { addressGoneMs: 150 },
      ...(host && { host }),
      ...(port !== undefined && { port }),
      // As in `replicas` of the manifest: a pod knows by it when it is in a minority.
      ...(expectedSize !== undefined && { expectedSize }),
    },
    cache: {
      maxBytes: number('MAX_BYTES', MIN_BYTES, Number.MAX_SAFE_INTEGER) ?? 256 * MIB,
      ...(replicas !== undefined && { replicas }),
      ...(ttlMs !== undefined && { ttlMs }),
      ...(whenFewCopies && { whenFewCopies }),
      ...(inMinority && { inMinority }),
    },
    host,
    respPort: number('RESP_PORT', 0, MAX_PORT) ?? 6379,
    httpPort: number('HTTP_PORT', 0, MAX_PORT) ?? 8080,
    drainMs: number('DRAIN_MS', 0, MAX_DRAIN_MS) ?? 2000,
  }
}

function seedsFrom(env: Environment): JoinOptions['seeds'] {
  const { SEEDS: seeds, DNS_SERVERS: servers } = env
  try {
    if (seeds) return staticSeeds(seeds.split(','))
    return headlessService(env.SERVICE || 'cache', servers ? { servers: servers.split(',') } : {})
  } catch (error) {
    if (!(error instanceof SeedError)) throw error
    if (seeds) throw wrong(env, 'SEEDS', 'IP addresses of pods as 10.0.0.1:7946, separated by commas')
    if (error.option.startsWith('servers')) {
      throw wrong(env, 'DNS_SERVERS', 'IP addresses as 10.0.0.1 or 10.0.0.1:53, separated by commas')
    }
    throw wrong(env, 'SERVICE', 'a DNS name as cache or cache.prod (for addresses there is SEEDS)')
  }
}

/** An error of `join` with the name of the variable that it is about, where there is one. */
export function namingVariable(error: unknown, env: Environment): unknown {
  if (error instanceof ListenError) {
    return new SettingError(listenVariables[error.code] ?? 'HOST or PORT', error.message)
  }
  if (error instanceof SecurityRequiredError) {
    const mounted = `in Kubernetes the Secret that is mounted has them (${DEFAULT_KEY_FILE})`
    return new SettingError(
      'KEY_FILE',
      `expected a file of keys, for ${error.address} is reached by others; ${mounted}`,
    )
  }
  // The mounted one comes from no variable.
  if (error instanceof KeyFileError && error.path !== DEFAULT_KEY_FILE) {
    return new SettingError(
      'KEY_FILE',
      error.message.replace(error.path, () => toldKeyFile(error, env)),
    )
  }
  if (!(error instanceof OptionError)) return error
  const name = optionVariables[error.option]
  if (name === undefined) return error
  // What is given there may be a secret in the wrong place.
  return name === 'KEY_FILE'
    ? new SettingError(name, `expected ${error.expected}`)
    : wrong(env, name, error.expected)
}

/** `join` tells no path that could be a secret in the wrong place: what is shorter than any secret is none. */
function toldKeyFile({ path }: KeyFileError, { KEY_FILE: given = '' }: Environment): string {
  return given.length < MIN_SECRET_BYTES ? given : path
}

const optionVariables: Readonly<Record<string, string>> = {
  name: 'POD_NAME',
  // Made of both, and SERVICE was looked at before.
  clusterId: 'POD_NAMESPACE',
  POD_IP: 'POD_IP',
  POD_IPS: 'POD_IPS',
  host: 'HOST',
  'security.keys': 'KEY_FILE',
}
const listenVariables: Readonly<Record<string, string>> = {
  ERR_ROLLCALL_PORT_IN_USE: 'PORT',
  ERR_ROLLCALL_ADDRESS_NOT_OURS: 'HOST',
}

/** What is not set, or empty, is not given. */
function numberFrom(env: Environment, name: string, min: number, max: number): number | undefined {
  const text = env[name]
  if (text === undefined || text === '') return undefined
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= min && value <= max) return value
  throw wrong(env, name, `a whole number from ${min} to ${max}`)
}

function wordFrom<T extends string>(env: Environment, name: string, words: readonly T[]): T | undefined {
  const text = env[name] || undefined
  const word = words.find((one) => one === text)
  if (word !== undefined || text === undefined) return word
  throw wrong(env, name, words.join(' or '))
}

function wrong(env: Environment, name: string, expected: string): SettingError {
  return new SettingError(name, `expected ${expected}, got '${env[name]}'`)
}
