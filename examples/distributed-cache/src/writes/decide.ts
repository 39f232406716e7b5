// What a write makes of what is there: another entry, or nothing at all. Pure.
import { Entry } from '../store/entry.ts'
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
  const entry = (value: Uint8Array | undefined, expiresAtMs: number | undefined) => {
    const version = grantOf(write)?.version ?? stamp.version
    const made = new Entry(write.partition, value, version, stamp.by, expiresAtMs)
    if (known !== undefined) made.isAfter(known)
    return made
  }
  const ends = write.ttlMs === Number.POSITIVE_INFINITY ? undefined : date + write.ttlMs
  switch (write.kind) {
    case 'set':
      if (!isMet(write, known, present)) return { type: 'nothing' }
      return { type: 'write', entry: entry(write.value, ends), sum: 0n }
    case 'delete':
      return { type: 'write', entry: entry(undefined, undefined), sum: 0n }
    case 'expire':
      if (present === undefined) return { type: 'nothing' }
      return { type: 'write', entry: entry(present.value, ends), sum: 0n }
    case 'increment': {
      const sum = add(present?.value, write.by)
      if (typeof sum !== 'bigint') return sum
      return { type: 'write', entry: entry(ownText(String(sum)), present?.expiresAtMs), sum }
    }
  }
}

function isMet({ condition }: Write, known: Entry | undefined, present: Entry | undefined): boolean {
  if (condition === undefined) return true
  if (typeof condition === 'object') return (known?.version ?? 0) <= condition.basis
  return (condition === 'present') === (present !== undefined)
}

function add(value: Uint8Array | undefined, by: bigint): bigint | Refused {
  const text = value === undefined ? '0' : value.length > 20 ? '' : Buffer.from(value).toString('latin1')
  const number = INTEGER.test(text) ? BigInt(text) : undefined
  if (number === undefined || number > MAX || number < MIN) return refused('ERR_CACHE_NOT_A_NUMBER')
  const sum = number + by
  return sum > MAX || sum < MIN ? refused('ERR_CACHE_OUT_OF_RANGE') : sum
}

function ownText(text: string): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(text.length)
  bytes.write(text, 'latin1')
  return bytes
}
