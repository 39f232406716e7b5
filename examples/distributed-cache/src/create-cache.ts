// How a cache is made.
import type { Cache } from './cache.ts'
import { DistributedCache } from './distributed-cache.ts'
import { type CacheOptions, settingsOf } from './options.ts'
import { systemTime } from './time.ts'

/**
 * Makes this process a pod of the cache: to be called in the turn of the event loop in which `join` has resolved. It
 * takes its part when the cluster is joined, and hands over what it has before the goodbye; it ends with the cluster.
 *
 * @throws CacheError ERR_CACHE_ARGUMENT for a wrong option
 * @throws RollcallError ERR_ROLLCALL_TOPIC_IN_USE where the cluster has a cache already, ERR_ROLLCALL_CLOSED where it has ended
 */
export function createCache(options: CacheOptions): Cache {
  return new DistributedCache(settingsOf(options), systemTime)
}
