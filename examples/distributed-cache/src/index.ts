// The cache as a library.
export type {
  Cache,
  CacheLimits,
  CacheReadiness,
  CacheStats,
  Condition,
  Found,
  Held,
  Loaded,
  LoadOptions,
  RequestOptions,
  SetOptions,
  Written,
} from './cache.ts'
export { createCache } from './create-cache.ts'
export { CacheError, type CacheErrorCode } from './errors.ts'
export type { CacheOptions } from './options.ts'
