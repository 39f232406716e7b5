// What a client wants written, and what that makes of what is there.
import type { Condition } from '../cache.ts'
import { CacheError, type CacheErrorCode } from '../errors.ts'

export type WriteKind = 'set' | 'delete' | 'expire' | 'increment'

export interface Write {
  readonly kind: WriteKind
  readonly key: string
  readonly partition: number
  /** Of `set`; its bytes are its own. */
  readonly value: Uint8Array | undefined
  /** Of `set` and `expire`; Infinity for never. */
  readonly ttlMs: number
  readonly condition: Condition | undefined
  /** Of `increment`. */
  readonly by: bigint
  /** In ms since 1970. */
  readonly deadline: number
}

/** What became of it. */
export type Outcome = Done | Refused

export interface Done {
  readonly type: 'done'
  /** Whether the condition was met; of `delete` and `expire`: whether there was something. */
  readonly isWritten: boolean
  readonly copies: number
  readonly wanted: number
  readonly sum: bigint
}

export interface Refused {
  readonly type: 'refused'
  readonly code: CacheErrorCode | 'NOT_HERE'
  /** False if nothing was done for certain: it may be tried again, whatever it is. */
  readonly mayHaveRun: boolean
}

/** Whether it depends on what is there: then it must not be done twice, nor on something old. */
export function isConditional({ kind, condition }: Write): boolean {
  return kind === 'increment' || kind === 'expire' || condition !== undefined
}

export function refused(code: Refused['code'], mayHaveRun = false): Refused {
  return { type: 'refused', code, mayHaveRun }
}

/** A refusal for the caller. */
export function errorOf({ code, mayHaveRun }: Refused): CacheError {
  const known: CacheErrorCode = code === 'NOT_HERE' ? 'ERR_CACHE_UNAVAILABLE' : code
  return new CacheError(known, `${texts[known] ?? known}${mayHaveRun ? '; it may have been done' : ''}`)
}

const texts: Partial<Record<CacheErrorCode, string>> = {
  ERR_CACHE_CLOSED: 'this pod has left the cluster',
  ERR_CACHE_MINORITY: 'this pod is in a minority, where writes are refused',
  ERR_CACHE_UNAVAILABLE: 'not all owners of the key have taken the write in time',
  ERR_CACHE_NOT_A_NUMBER: 'the value is no decimal whole number of 64 bits',
  ERR_CACHE_OUT_OF_RANGE: 'the sum does not fit in 64 bits',
}
