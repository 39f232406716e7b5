// What a client wants written, and what that makes of what is there.
import type { Condition } from '../cache.ts'
import { CacheError, type CacheErrorCode } from '../errors.ts'
import type { Kept } from '../store/kept.ts'

export type WriteKind = 'set' | 'delete' | 'expire' | 'increment'

/** What is to be done to a key. */
export interface Change {
  readonly kind: WriteKind
  /** Of `set`. */
  readonly value: Kept | undefined
  /** Of `set` and `expire`; Infinity for never. */
  readonly ttlMs: number
  readonly condition: Condition | Grant | undefined
  /** Of `increment`. */
  readonly by: bigint
}

export interface Write extends Change {
  readonly key: string
  readonly partition: number
  /** In ms, as `Time.now` counts them. */
  readonly deadline: number
  /** By it the pod that the caller is at tells the one that decides that the caller has given up. */
  readonly number: number
  /** The caller has given up: it is not begun any more, nor begun again. */
  isGivenUp: boolean
}

/** Lets one value be written that was loaded: unless something newer has come since the grant. */
export interface Grant {
  /** The version it is written with: what is invalidated after the grant is above it. */
  readonly version: number
  /** The newest that was known of the key at the grant. Clocks differ, so later writes are above this, not always above `version`. */
  readonly basis: number
}

/** Why a write is refused; other pods are told the place in this list. */
export const refusalCodes = [
  'NOT_HERE',
  'ERR_CACHE_MINORITY',
  'ERR_CACHE_UNAVAILABLE',
  'ERR_CACHE_NOT_A_NUMBER',
  'ERR_CACHE_OUT_OF_RANGE',
] as const

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
  readonly code: (typeof refusalCodes)[number]
  /** False if nothing was done for certain: it may be tried again, whatever it is. */
  readonly mayHaveRun: boolean
}

/** Whether it depends on what is there: then it must not be done twice, nor on something old. */
export function isConditional({ kind, condition }: Write): boolean {
  return kind === 'increment' || kind === 'expire' || condition !== undefined
}

/** Whether to do it twice is to do it once. */
export function mayRepeat(write: Write): boolean {
  return !isConditional(write) || grantOf(write) !== undefined
}

export function grantOf({ condition }: Write): Grant | undefined {
  return typeof condition === 'object' ? condition : undefined
}

export function refused(code: Refused['code'], mayHaveRun = false): Refused {
  return { type: 'refused', code, mayHaveRun }
}

/** The same where it may have been done before: that a pod is in a minority says that nothing was. */
export function openEnd({ code }: Refused): Refused {
  return refused(code === 'ERR_CACHE_MINORITY' ? 'ERR_CACHE_UNAVAILABLE' : code, true)
}

/** A refusal for the caller. */
export function errorOf({ code, mayHaveRun }: Refused): CacheError {
  const known: CacheErrorCode = code === 'NOT_HERE' ? 'ERR_CACHE_UNAVAILABLE' : code
  return new CacheError(known, `${texts[known] ?? known}${mayHaveRun ? '; it may have been done' : ''}`)
}

const texts: Partial<Record<CacheErrorCode, string>> = {
  ERR_CACHE_MINORITY: 'this pod is in a minority, where writes are refused',
  ERR_CACHE_UNAVAILABLE: 'not all owners of the key have taken the write in time',
  ERR_CACHE_NOT_A_NUMBER: 'the value is no decimal whole number of 64 bits',
  ERR_CACHE_OUT_OF_RANGE: 'the sum does not fit in 64 bits',
}
