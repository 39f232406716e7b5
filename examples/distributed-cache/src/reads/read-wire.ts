// Reads as bytes: a key each, and what the asked pod has of it.
import type { Entry } from '../store/entry.ts'
import type { ByteReader, ByteWriter } from '../wire/bytes.ts'
import { MalformedError } from '../wire/checks.ts'
import { readEntry, writeEntry } from '../wire/entry-fields.ts'

/** What a pod says of a key. */
export type ReadAnswer =
  /** It does not have all of the partition. */
  | { readonly type: 'refused' }
  /** There was no room for it in this batch. */
  | { readonly type: 'again' }
  /** It is asked for by itself. `version` is that of the entry, `bytes` those of its value. */
  | { readonly type: 'large'; readonly version: number; readonly bytes: number }
  | { readonly type: 'missing' }
  /** An entry or a tombstone. `isStale`: from a pod in a minority. `leaseMs`: for so long it may be kept; 0 for not at all. */
  | { readonly type: 'known'; readonly entry: Entry; readonly isStale: boolean; readonly leaseMs: number }

const REFUSED = 0
const AGAIN = 1
const MISSING = 2
const KNOWN = 3
const STALE = 4
const LEASED = 5
const LARGE = 6

const REFUSED_ANSWER: ReadAnswer = { type: 'refused' }
const AGAIN_ANSWER: ReadAnswer = { type: 'again' }
const MISSING_ANSWER: ReadAnswer = { type: 'missing' }

export function writeReadAnswer(to: ByteWriter, answer: ReadAnswer) {
  switch (answer.type) {
    case 'refused':
      return to.u8(REFUSED)
    case 'again':
      return to.u8(AGAIN)
    case 'large':
      to.u8(LARGE)
      to.f64(answer.version)
      return to.u32(answer.bytes)
    case 'missing':
      return to.u8(MISSING)
    case 'known':
      to.u8(answer.isStale ? STALE : answer.leaseMs > 0 ? LEASED : KNOWN)
      if (answer.leaseMs > 0) to.u16(answer.leaseMs)
      writeEntry(to, answer.entry)
  }
}

/** @throws MalformedError */
export function readReadAnswer(from: ByteReader, partition: number): ReadAnswer {
  const type = from.u8()
  if (type === REFUSED) return REFUSED_ANSWER
  if (type === AGAIN) return AGAIN_ANSWER
  if (type === MISSING) return MISSING_ANSWER
  if (type === LARGE) return { type: 'large', version: from.whole(), bytes: from.u32() }
  if (type !== KNOWN && type !== STALE && type !== LEASED) {
    throw new MalformedError('an answer to a read is expected')
  }
  const leaseMs = type === LEASED ? from.u16() : 0
  return { type: 'known', entry: readEntry(from, partition), isStale: type === STALE, leaseMs }
}
