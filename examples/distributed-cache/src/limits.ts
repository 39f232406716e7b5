// The most a key and a value may take.
import type { CacheLimits } from './cache.ts'
import { CacheError } from './errors.ts'

export const limits: CacheLimits = { maxKeyBytes: 1024, maxValueBytes: 1024 * 1024 }

/** Half a character, which no UTF-8 can tell. */
const LONE_SURROGATE = /\p{Surrogate}/u

export function isKey(key: unknown): key is string {
  if (typeof key !== 'string' || key === '' || LONE_SURROGATE.test(key)) return false
  // No character takes more than three bytes for each of its units.
  return key.length * 3 <= limits.maxKeyBytes || Buffer.byteLength(key) <= limits.maxKeyBytes
}

/** @throws CacheError */
export function checkKey(key: unknown): string {
  if (isKey(key)) return key
  const what = `a well-formed text of 1 to ${limits.maxKeyBytes} bytes in UTF-8`
  throw new CacheError('ERR_CACHE_KEY', `key: expected ${what}, got ${shown(key)}`)
}

/** @throws CacheError */
export function checkValue(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw argument('value', 'a Uint8Array', value)
  if (value.length <= limits.maxValueBytes) return value
  throw new CacheError(
    'ERR_CACHE_VALUE_TOO_LARGE',
    `value: expected at most ${limits.maxValueBytes} bytes, got ${value.length}`,
  )
}

/** The error of a wrong argument or option. */
export function argument(name: string, expected: string, value: unknown): CacheError {
  return new CacheError('ERR_CACHE_ARGUMENT', `${name}: expected ${expected}, got ${shown(value)}`)
}

/** A value in a message: short, and never the contents of an object. */
function shown(value: unknown): string {
  if (typeof value === 'string') {
    return value.length > 40 ? `a text of ${value.length} characters` : JSON.stringify(value)
  }
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
}
