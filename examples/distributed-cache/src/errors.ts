// The error of the cache, told apart by its code.

export type CacheErrorCode =
  /** An option or an argument is wrong; the message names it, what was expected and what came. */
  | 'ERR_CACHE_ARGUMENT'
  /** The key is empty, longer than `maxKeyBytes`, or no well-formed text. */
  | 'ERR_CACHE_KEY'
  /** The value is longer than `maxValueBytes`. */
  | 'ERR_CACHE_VALUE_TOO_LARGE'
  /**
   * This pod is in a minority, where writes are refused, and reads of keys that are not here (or all, if so chosen).
   * Nothing was done.
   */
  | 'ERR_CACHE_MINORITY'
  /** No owner could answer, or too few could take a write, before the deadline. A write may have been done nevertheless. */
  | 'ERR_CACHE_UNAVAILABLE'
  /** The value is no decimal whole number. */
  | 'ERR_CACHE_NOT_A_NUMBER'
  /** The sum does not fit in 64 bits. */
  | 'ERR_CACHE_OUT_OF_RANGE'
  /** A loader has failed; its error is the `cause` in the pod where it ran. */
  | 'ERR_CACHE_LOAD'
  /** This pod has left the cluster. */
  | 'ERR_CACHE_CLOSED'

export class CacheError extends Error {
  override readonly name = 'CacheError'
  readonly code: CacheErrorCode
  constructor(code: CacheErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The error of calls after the end. */
export function closed(): CacheError {
  return new CacheError('ERR_CACHE_CLOSED', 'this pod has left the cluster')
}

/** Why what a client has asked for is given up. */
export function clientGone(): CacheError {
  return new CacheError('ERR_CACHE_UNAVAILABLE', 'the client has gone; a write may have been done')
}
