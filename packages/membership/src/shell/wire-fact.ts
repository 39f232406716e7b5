// Facts on the wire: one positional array each, absent fields at the end left out.
//   fact   [name, generation, instance, incarnation, state, ageMs, by | nil, record | nil, ground | nil, forgotten | nil]
//   record [addresses, leaving, metadata]
import type { Ground } from '../core/certificate.ts'
import type { Fact, MemberRecord, MemberState } from '../core/fact.ts'
import type { Life } from '../core/identity.ts'
import { address, bad, binary, flag, life, list, memberName, tuple, whole } from './wire-fields.ts'
import { wireLimits } from './wire-limits.ts'

const states: readonly MemberState[] = ['alive', 'suspect', 'failed', 'left']

const grounds: readonly Ground[] = ['connection-refused', 'address-gone', 'silence']

/** The array without the absent fields at its end. */
export function trimmed(fields: unknown[]): unknown[] {
  let length = fields.length
  while (length > 0 && (fields[length - 1] === null || fields[length - 1] === undefined)) length--
  return fields.slice(0, length)
}

/** A life as it is sent. */
export function lifeToWire(life: Life): unknown[] {
  return [life.name, life.generation, life.instance]
}

/** A fact as it is sent. */
export function factToWire(fact: Fact): unknown[] {
  return trimmed([
    fact.name,
    fact.generation,
    fact.instance,
    fact.incarnation,
    states.indexOf(fact.state),
    // Somebody may have told us an age near the limit, and it has grown since.
    Math.min(Math.round(fact.ageMs), Number.MAX_SAFE_INTEGER),
    fact.by ?? null,
    fact.record === undefined ? null : recordToWire(fact.record),
    fact.ground === undefined ? null : grounds.indexOf(fact.ground),
    fact.forgotten ?? null,
  ])
}

function recordToWire(record: MemberRecord): unknown[] {
  return [record.addresses, record.leaving, record.metadata]
}

/** A fact as it was sent, or a FieldError. */
export function factFromWire(value: unknown): Fact {
  const fields = tuple(value, 'fact')
  const by = fields[6]
  const record = fields[7]
  const ground = fields[8]
  const forgotten = fields[9]
  const { name, generation, instance } = life(fields)
  const incarnation = whole(fields[3], 'incarnation', wireLimits.incarnation)
  const state = states[whole(fields[4], 'state')] ?? bad('state')
  const ageMs = whole(fields[5], 'ageMs')
  const isPlain = (by ?? ground ?? forgotten ?? undefined) === undefined
  // Written out for what digests and deltas carry by the thousand.
  if (isPlain && (record ?? undefined) === undefined) {
    return { name, generation, instance, incarnation, state, ageMs }
  }
  if (isPlain)
    return { name, generation, instance, incarnation, state, ageMs, record: recordFromWire(record) }
  return {
    ...{ name, generation, instance, incarnation, state, ageMs },
    ...(by === undefined || by === null ? {} : { by: memberName(by) }),
    ...(record === undefined || record === null ? {} : { record: recordFromWire(record) }),
    ...(ground === undefined || ground === null
      ? {}
      : { ground: grounds[whole(ground, 'ground')] ?? bad('ground') }),
    ...(forgotten === true ? { forgotten } : {}),
  }
}

function recordFromWire(value: unknown): MemberRecord {
  const [addresses, leaving, metadata] = tuple(value, 'record')
  const read = list(addresses, 'addresses', wireLimits.addresses, address)
  if (read.length === 0) bad('addresses')
  return {
    addresses: read,
    leaving: flag(leaving, 'leaving'),
    metadata: binary(metadata, 'metadata', wireLimits.metadataBytes),
  }
}
