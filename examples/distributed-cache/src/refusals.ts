// How many requests of clients were answered with an error of the cache, by its code: for metrics.
import { CacheError, type CacheErrorCode } from './errors.ts'

export class Refusals {
  /** Those that somebody may watch are there from the start: a counter that appears with its first count has no rate then. */
  readonly #counts = new Map<CacheErrorCode, number>([
    ['ERR_CACHE_MINORITY', 0],
    ['ERR_CACHE_UNAVAILABLE', 0],
    ['ERR_CACHE_CLOSED', 0],
  ])

  /** To be called with what a client is told of. Other errors than those of the cache do not count. */
  count(error: unknown): void {
    if (error instanceof CacheError) this.#counts.set(error.code, (this.#counts.get(error.code) ?? 0) + 1)
  }

  get counts(): ReadonlyMap<CacheErrorCode, number> {
    return this.#counts
  }
}
