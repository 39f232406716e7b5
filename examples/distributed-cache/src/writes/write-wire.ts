// Writes, and what became of them, as bytes.
import { partitionOf } from '@rollcall/ring'
import type { Condition } from '../cache.ts'
import { isKey } from '../limits.ts'
import type { Kept } from '../store/kept.ts'
import type { ByteReader, ByteWriter } from '../wire/bytes.ts'
import { MalformedError } from '../wire/checks.ts'
import { readValue } from '../wire/entry-fields.ts'
import { type Outcome, refusalCodes, refused, type Write, type WriteKind } from './write.ts'

const KINDS: readonly WriteKind[] = ['set', 'delete', 'expire', 'increment']
const CONDITIONS: readonly (Condition | undefined)[] = [undefined, 'absent', 'present']
const GRANT = CONDITIONS.length
const DONE = 255

/** `now` as `Time.now` says. */
export function writeWrite(to: ByteWriter, write: Write, now: number): void {
  const { kind, key, value, ttlMs, condition, by, deadline, number } = write
  to.u8(KINDS.indexOf(kind))
  to.u32(number)
  to.text(key)
  // Clocks differ: what travels is what is left.
  to.u32(Math.max(0, Math.ceil(deadline - now)))
  if (kind === 'set' || kind === 'expire') to.f64(ttlMs)
  if (kind === 'set') writeCondition(to, condition)
  if (kind === 'set') to.kept(value as Kept)
  if (kind === 'increment') to.text(String(by))
}

/** @throws MalformedError */
export function readWrite(from: ByteReader, now: number): Write {
  const kind = KINDS[from.u8()]
  const number = from.u32()
  const key = from.text()
  if (kind === undefined || !isKey(key)) throw new MalformedError('a write is expected')
  const deadline = now + from.u32()
  const ttlMs = kind === 'set' || kind === 'expire' ? from.f64() : Number.POSITIVE_INFINITY
  if (!(ttlMs > 0)) throw new MalformedError('a time to live is expected')
  const condition = kind === 'set' ? readCondition(from) : undefined
  const value = kind === 'set' ? readValue(from) : undefined
  const by = kind === 'increment' ? bigintOf(from.text()) : 0n
  const partition = partitionOf(key)
  return { kind, key, partition, value, ttlMs, condition, by, deadline, number, isGivenUp: false }
}

function writeCondition(to: ByteWriter, condition: Write['condition']): void {
  const isGrant = typeof condition === 'object'
  to.u8(isGrant ? GRANT : CONDITIONS.indexOf(condition))
  if (!isGrant) return
  to.f64(condition.version)
  to.f64(condition.basis)
}

function readCondition(from: ByteReader): Write['condition'] {
  const type = from.u8()
  return type === GRANT ? { version: from.whole(), basis: from.whole() } : CONDITIONS[type]
}

export function writeOutcome(to: ByteWriter, outcome: Outcome): void {
  if (outcome.type === 'refused') {
    to.u8(refusalCodes.indexOf(outcome.code))
    to.u8(outcome.mayHaveRun ? 1 : 0)
    return
  }
  to.u8(DONE)
  to.u8(outcome.isWritten ? 1 : 0)
  to.u8(outcome.copies)
  to.u8(outcome.wanted)
  to.text(outcome.sum === 0n ? '' : String(outcome.sum))
}

/** @throws MalformedError */
export function readOutcome(from: ByteReader): Outcome {
  const type = from.u8()
  if (type !== DONE) {
    const code = refusalCodes[type]
    if (code === undefined) throw new MalformedError('the outcome of a write is expected')
    return refused(code, from.u8() !== 0)
  }
  const [isWritten, copies, wanted] = [from.u8() !== 0, from.u8(), from.u8()]
  const sum = from.text()
  return { type: 'done', isWritten, copies, wanted, sum: sum === '' ? 0n : bigintOf(sum) }
}

function bigintOf(text: string): bigint {
  if (/^-?[0-9]{1,20}$/.test(text)) return BigInt(text)
  throw new MalformedError('a whole number is expected')
}
