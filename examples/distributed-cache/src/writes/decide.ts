// What a write makes of what is there: another entry, or nothing at all. Pure.
import { Entry } from '../store/entry.ts'
import type { Kept } from '../store/kept.ts'
import { grantOf, type Refused, refused, type Write } from './write.ts'

const MAX = 2n ** 63n - 1n
const MIN = -(2n ** 63n)
const INTEGER = /^(0|-?[1-9][0-9]{0,18})$/

/** A new entry, or that nothing is to be written. `sum` of an increment. */
export type Decision =
  | { readonly type: 'write'; readonly entry: Entry; readonly sum: bigint }
  | { readonly type: 'nothing' }
  | Refused

export interface Stamp {
  /** Above that of what is there. */
  readonly version: number
  readonly by: string
}

/** `known`: what is there, also when it is over or a tombstone. `date`: in ms since 1970. */
export function decide(write: Write, known: Entry | undefined, date: number, stamp: Stamp): Decision {
  const present = known?.isLive(date) ? known : undefined
  const ends = write.ttlMs === Number.POSITIVE_INFINITY ? undefined : date + write.ttlMs
  switch (write.kind) {
    case 'set':
      if (!isMet(write, known, present)) return { type: 'nothing' }
      return { type: 'write', entry: made(write, known, stamp, write.value, ends), sum: 0n }
    case 'delete':
      return { type: 'write', entry: made(write, known, stamp, undefined, undefined), sum: 0n }
    case 'expire':
      if (present === undefined) return { type: 'nothing' }
      return { type: 'write', entry: made(write, known, stamp, present.kept, ends), sum: 0n }
    case 'increment': {
      const sum = add(present?.kept, write.by)
      if (typeof sum !== 'bigint') return sum
      return { type: 'write', entry: made(write, known, stamp, String(sum), present?.expiresAtMs), sum }
    }
  }
}

function made(
  write: Write,
  known: Entry | undefined,
  { version, by }: Stamp,
  kept: Kept | undefined,
  expiresAtMs: number | undefined,
): Entry {
  const entry = new Entry(write.partition, kept, grantOf(write)?.version ?? version, by, expiresAtMs)
  if (known !== undefined) entry.isAfter(known)
  return entry
}

function isMet({ condition }: Write, known: Entry | undefined, present: Entry | undefined): boolean {
  if (condition === undefined) return true
  if (typeof condition === 'object') return (known?.version ?? 0) <= condition.basis
  return (condition === 'present') === (present !== undefined)
}

function add(value: Kept | undefined, by: bigint): bigint | Refused {
  const text = value === undefined ? '0' : typeof value === 'string' ? value : ''
  const number = INTEGER.test(text) ? BigInt(text) : undefined
  if (number === undefined || number > MAX || number < MIN) return refused('ERR_CACHE_NOT_A_NUMBER')
  const sum = number + by
  return sum > MAX || sum < MIN ? refused('ERR_CACHE_OUT_OF_RANGE') : sum
}
