// Seeds from your own async function.
import { dialableAddress, isPort, parseSeed, uniqueSeeds } from './address.ts'
import { checkKnownOptions, SeedError } from './errors.ts'
import { type PollResult, pollingWatch } from './poll-loop.ts'
import { checkPollOptions, defaultPollOptions, type PollOptions, pollOptionNames } from './poll-options.ts'
import { unusableProblem } from './problem-text.ts'
import type { Seed, SeedSource } from './seed-source.ts'
import { checkClusterId } from './service-options.ts'

/** Looks peers up; called again and again. The signal is aborted at the deadline and at the end. */
export type SeedFunction = (options: { signal: AbortSignal }) => Promise<readonly (string | Seed)[]>

/** Options of `seedsFrom`. */
export interface SeedsFromOptions extends PollOptions {
  /** Keeps clusters apart; the same in every member. Default none. */
  readonly clusterId?: string
}

/**
 * Wraps a function that returns addresses: `'10.0.0.1'`, `'10.0.0.1:7946'`, `'[fd00::1]:7946'` or `{ address, port }`.
 * It is polled in the same rhythm as DNS. If it throws or takes longer than `deadlineMs`, the last good set stays.
 * Throws `SeedError` with `ERR_ROLLCALL_INVALID_OPTION` for a wrong argument.
 */
export function seedsFrom(find: SeedFunction, options: SeedsFromOptions = {}): SeedSource {
  if (typeof find !== 'function') throw new SeedError('find', 'an async function', find)
  checkKnownOptions('seedsFrom', options, [...pollOptionNames, 'clusterId'])
  checkClusterId(options.clusterId)
  checkPollOptions(options)
  const watch = pollingWatch(() => (signal) => findOnce(find, signal), defaultPollOptions(options))
  return options.clusterId === undefined ? { watch } : { clusterId: options.clusterId, watch }
}

async function findOnce(find: SeedFunction, signal: AbortSignal): Promise<PollResult> {
  const found: unknown = await orAborted(find({ signal }), signal)
  if (!Array.isArray(found)) throw new Error('the function did not return a list of addresses')
  const unusable: string[] = []
  const seeds = found.flatMap((entry: unknown) => {
    const seed = toSeed(entry)
    if (seed === undefined)
      unusable.push(typeof entry === 'string' ? entry : (JSON.stringify(entry) ?? String(entry)))
    return seed ?? []
  })
  const problem = unusable.length > 0 ? unusableProblem(unusable) : undefined
  return { seeds: uniqueSeeds(seeds), problem, failed: false }
}

/** A seed in canonical form; `undefined` for anything that cannot be dialed. */
export function toSeed(entry: unknown): Seed | undefined {
  if (typeof entry === 'string') return parseSeed(entry)
  const { address, port, hostname } = (entry ?? {}) as Partial<Record<keyof Seed, unknown>>
  const dialable = typeof address === 'string' ? dialableAddress(address) : undefined
  if (dialable === undefined || (port !== undefined && !isPort(port))) return undefined
  return {
    address: dialable,
    ...(port !== undefined && { port }),
    ...(typeof hostname === 'string' && { hostname }),
  }
}

/** The function may not heed the signal; we do. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new Error('no answer before the deadline'))
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
