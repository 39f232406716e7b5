// What a cache is told when it is made.
import type { Cluster } from '@rollcall/membership'
import { argument } from './limits.ts'
import { MAX_ENTRY_BYTES } from './store/store.ts'

export interface CacheOptions {
  /** What `join` has resolved with. The cache keeps its state in the field `cache` of the metadata; `parseMetadata` must let it pass. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the program keeps in its metadata
  readonly cluster: Cluster<any>
  /** How many pods have each key, from 1 to 16; the same in all pods. Default 2: a pod that dies takes nothing with it. */
  readonly replicas?: number
  /** What this pod's entries may take, counted as README says; at least 1,050,496, so that the largest fits. Past that the least recently used are evicted. */
  readonly maxBytes: number
  /** How long an entry lives unless its write says otherwise: a whole number of ms above 0. Default Infinity. */
  readonly ttlMs?: number
  /** How long a call waits. Default 5000. */
  readonly requestTimeoutMs?: number
  /**
   * What becomes of a write while an owner of the key cannot be reached: `refuse` waits, and rejects at the deadline;
   * `mark` acknowledges it, and says so in `copies`. Default `refuse`.
   */
  readonly whenFewCopies?: (typeof FEW_COPIES)[number]
  /** What becomes of reads in a minority: `serve-stale` answers with what is there, marked; `refuse` rejects. Default `serve-stale`. */
  readonly inMinority?: (typeof MINORITY)[number]
  /** How long another pod may answer by itself for a key that is read often, up to 60,000; 0 for never. Default 100. */
  readonly nearLeaseMs?: number
}

export type Settings = Required<CacheOptions>

/** So that the largest entry fits. */
export const MIN_BYTES = MAX_ENTRY_BYTES
export const MAX_REPLICAS = 16
const MAX_LEASE_MS = 60_000
export const MAX_TIMEOUT_MS = 2 ** 31 - 1
/** Dates end in the year 275,760; an entry that is written now and lives for this long ends before that. */
export const MAX_TTL_MS = 8e15
export const FEW_COPIES = ['refuse', 'mark'] as const
export const MINORITY = ['serve-stale', 'refuse'] as const

const defaults = {
  replicas: 2,
  ttlMs: Number.POSITIVE_INFINITY,
  requestTimeoutMs: 5000,
  whenFewCopies: 'refuse',
  inMinority: 'serve-stale',
  nearLeaseMs: 100,
} as const

/** @throws CacheError */
export function settingsOf(options: CacheOptions): Settings {
  checkNames(options, 'createCache', ['cluster', 'maxBytes', ...Object.keys(defaults)])
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const settings = { ...defaults, ...given } as Settings
  const { cluster, replicas, maxBytes, ttlMs, requestTimeoutMs, nearLeaseMs } = settings
  if (typeof cluster?.request !== 'function')
    throw argument('cluster', 'what join has resolved with', cluster)
  checkWhole('replicas', replicas, 1, MAX_REPLICAS)
  checkWhole('maxBytes', maxBytes, MIN_BYTES, Number.MAX_SAFE_INTEGER)
  checkTtl('ttlMs', ttlMs)
  checkWhole('requestTimeoutMs', requestTimeoutMs, 1, MAX_TIMEOUT_MS)
  checkWhole('nearLeaseMs', nearLeaseMs, 0, MAX_LEASE_MS)
  checkWord('whenFewCopies', settings.whenFewCopies, FEW_COPIES)
  checkWord('inMinority', settings.inMinority, MINORITY)
  return settings
}

/** Options by their names: one that is misspelt would have no effect and go unnoticed. @throws CacheError */
export function checkNames<T extends object>(options: T, of: string, names: readonly string[]): T {
  if (typeof options !== 'object' || options === null) throw argument('options', 'an object', options)
  for (const name in options) {
    if (!names.includes(name)) throw argument(name, `an option of ${of} (${names.join(', ')})`, options[name])
  }
  return options
}

/** A time to live. @throws CacheError */
export function checkTtl(name: string, ms: unknown): number {
  if (ms === Number.POSITIVE_INFINITY) return ms
  if (typeof ms === 'number' && Number.isInteger(ms) && ms > 0 && ms <= MAX_TTL_MS) return ms
  throw argument(name, `a whole number of ms from 1 to ${MAX_TTL_MS}, or Infinity`, ms)
}

/** @throws CacheError */
export function checkWhole(name: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  throw argument(name, `a whole number from ${min} to ${max}`, value)
}

function checkWord(name: string, value: string, words: readonly string[]): void {
  if (!words.includes(value))
    throw argument(name, words.map((word) => JSON.stringify(word)).join(' or '), value)
}
