// An entry as bytes.
import { limits } from '../limits.ts'
import { Entry } from '../store/entry.ts'
import { type Kept, keep } from '../store/kept.ts'
import type { ByteReader, ByteWriter } from './bytes.ts'
import { MalformedError } from './checks.ts'

const NEVER = 0
/** Bits of what it is; a value has neither. */
const TOMBSTONE = 1
const HIDES_OLDER = 2

export function writeEntry(to: ByteWriter, entry: Entry): void {
  to.f64(entry.version)
  to.podName(entry.by)
  to.f64(entry.expiresAtMs ?? NEVER)
  to.u8((entry.isDeleted ? TOMBSTONE : 0) | (entry.hidesOlder ? HIDES_OLDER : 0))
  if (!entry.isDeleted) to.kept(entry.kept)
}

/** A value that is not too large, copied out of what was received. @throws MalformedError */
export function readValue(from: ByteReader): Kept {
  const bytes = from.bytes()
  if (bytes.length > limits.maxValueBytes) throw new MalformedError('a value is too long')
  return keep(bytes)
}

/** The value is copied out of what was received. @throws MalformedError */
export function readEntry(from: ByteReader, partition: number): Entry {
  const version = from.whole()
  const by = from.podName()
  const expiresAtMs = from.whole()
  const kind = from.u8()
  if (kind > (TOMBSTONE | HIDES_OLDER)) throw new MalformedError('a value or a tombstone is expected')
  const value = kind & TOMBSTONE ? undefined : readValue(from)
  const endsAtMs = expiresAtMs === NEVER ? undefined : expiresAtMs
  return new Entry(partition, value, version, by, endsAtMs, (kind & HIDES_OLDER) > 0)
}
