// Shape checks for single fields of a decoded frame. A field that is wrong ends the decoding of its frame by a
// FieldError, which never leaves the codec.
import type { Address, Life } from '../core/identity.ts'
import type { ViewHash } from '../core/message.ts'
import { parseAddress } from './address.ts'
import { KnownTexts } from './known-texts.ts'
import { wireLimits } from './wire-limits.ts'

/** What is wrong with a field. Caught in `decodeFrame`. No Error: nobody reads its stack, see `WireFault`. */
export class FieldError {
  readonly kind: 'bad-frame' | 'too-large'
  readonly message: string

  constructor(kind: 'bad-frame' | 'too-large', message: string) {
    this.kind = kind
    this.message = message
  }
}

/** Refuses the frame: wrong type or range. */
export function bad(what: string): never {
  throw new FieldError('bad-frame', `${what} has the wrong type or range`)
}

/** Refuses the frame: over a limit. */
export function tooLarge(what: string): never {
  throw new FieldError('too-large', `${what} is over its limit`)
}

/** A name, cluster id or instance id that may go into a log line: not empty, no white space, no control characters. */
export const plainText: RegExp = /^[^\s\p{C}]+$/u

/** A string of at most so many UTF-8 bytes that is safe to show. */
export function text(value: unknown, what: string, maxBytes: number): string {
  if (typeof value !== 'string') bad(what)
  if (value.length > maxBytes || Buffer.byteLength(value) > maxBytes) tooLarge(what)
  return plainText.test(value) ? value : bad(what)
}

/** A whole number from 0 to `max`. */
export function whole(value: unknown, what: string, max: number = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > max) bad(what)
  // Makes 0 of a -0, which a float on the wire can be.
  return value + 0
}

/** True or false, nothing that looks like it. */
export function flag(value: unknown, what: string): boolean {
  return typeof value === 'boolean' ? value : bad(what)
}

/** A list of at most `max` elements; absent means empty. */
export function list<T>(value: unknown, what: string, max: number, read: (element: unknown) => T): T[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) bad(what)
  if (value.length > max) tooLarge(what)
  return value.map(read)
}

/** A tuple as an array; further elements than we know are ignored. */
export function tuple(value: unknown, what: string): readonly unknown[] {
  return Array.isArray(value) ? value : bad(what)
}

/** Binary data of at most `maxBytes`, in memory of its own, so that it does not keep a whole frame alive. */
export function binary(value: unknown, what: string, maxBytes: number): Uint8Array {
  if (!(value instanceof Uint8Array)) bad(what)
  if (value.length > maxBytes) tooLarge(what)
  return value.length === 0 ? NO_BYTES : new Uint8Array(value)
}

const NO_BYTES = new Uint8Array(0)

const names = new KnownTexts((value) => text(value, 'name', wireLimits.nameBytes))
const instances = new KnownTexts((value) => text(value, 'instance', wireLimits.instanceBytes))
const addresses = new KnownTexts((value) => {
  if (typeof value !== 'string' || value.length > 64 || parseAddress(value) === undefined) bad('address')
  return value
})

/** A member name. */
export function memberName(value: unknown): string {
  return names.get(value)
}

/** A canonical IP address with a port. */
export function address(value: unknown): Address {
  return addresses.get(value)
}

/** A life, from the first three elements of a tuple. */
export function life(fields: readonly unknown[]): Life {
  return {
    name: memberName(fields[0]),
    generation: whole(fields[1], 'generation'),
    instance: instances.get(fields[2]),
  }
}

/** A view hash from its two halves. */
export function viewHash(high: unknown, low: unknown): ViewHash {
  return { high: whole(high, 'hash', 0xffffffff), low: whole(low, 'hash', 0xffffffff) }
}
