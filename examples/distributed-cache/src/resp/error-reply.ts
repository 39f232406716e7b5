// Errors as Redis' protocol has them: the first word is what programs tell them apart by.
import { CacheError, type CacheErrorCode } from '../errors.ts'
import { ErrorReply, notAnInteger } from './reply.ts'

/** Those that a client may want to tell apart; all others begin with ERR. */
const prefixes: Partial<Record<CacheErrorCode, string>> = {
  ERR_CACHE_MINORITY: 'MINORITY',
  ERR_CACHE_UNAVAILABLE: 'UNAVAILABLE',
  ERR_CACHE_CLOSED: 'CLOSED',
}

/** In Redis' words where it has any. */
const replies: Partial<Record<CacheErrorCode, ErrorReply>> = {
  ERR_CACHE_NOT_A_NUMBER: notAnInteger,
  ERR_CACHE_OUT_OF_RANGE: new ErrorReply('ERR increment or decrement would overflow'),
}

/** What a client is told of something that a command has thrown. */
export function toErrorReply(error: unknown): ErrorReply {
  if (error instanceof ErrorReply) return error
  if (error instanceof CacheError) {
    return replies[error.code] ?? new ErrorReply(`${prefixes[error.code] ?? 'ERR'} ${error.message}`)
  }
  return new ErrorReply(`ERR internal error: ${error instanceof Error ? error.message : String(error)}`)
}
