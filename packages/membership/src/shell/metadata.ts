// Application metadata: plain data to bytes and back. Ours is checked when it is set, so that the application hears of a
// mistake at once; a peer's is read without trust.
import { Packr } from 'msgpackr/pack'
import { MetadataTooLargeError, MetadataTypeError } from '../errors.ts'
import { defaultLimits } from '../limits.ts'
import { forbiddenKeys, isPlainMsgpack } from './msgpack-scan.ts'
import { wireLimits } from './wire-limits.ts'

const MAX_DEPTH = 32

const scanOptions = { maxDepth: MAX_DEPTH, maxValues: wireLimits.frameValues, maps: true }

const packr = new Packr({
  useRecords: false,
  int64AsType: 'number',
  moreTypes: false,
  structuredClone: false,
})

/**
 * Encodes metadata: null, booleans, numbers, strings, Uint8Array, arrays and plain objects of these; object fields
 * that are undefined are left out. Undefined itself becomes no bytes.
 *
 * @throws MetadataTypeError names the first part that is something else.
 * @throws MetadataTooLargeError when the encoding is over `maxBytes`.
 */
export function encodeMetadata(value: unknown, maxBytes: number = defaultLimits.metadataBytes): Uint8Array {
  if (value === undefined) return new Uint8Array(0)
  const bytes = new Uint8Array(packr.pack(plainCopy(value, 'metadata', [])))
  if (bytes.length > maxBytes) throw new MetadataTooLargeError(bytes.length, maxBytes)
  return bytes
}

/** Decodes metadata into deeply frozen data; undefined when there is none, or when it is not plain data. Never throws. */
export function decodeMetadata(bytes: Uint8Array): unknown {
  if (bytes.length === 0 || !isPlainMsgpack(bytes, scanOptions)) return undefined
  try {
    return deepFreeze(packr.unpack(bytes))
  } catch {
    return undefined
  }
}

function plainCopy(value: unknown, path: string, parents: readonly object[]): unknown {
  if (
    value === null ||
    typeof value === 'boolean' ||
    typeof value === 'number' ||
    typeof value === 'string'
  ) {
    return value
  }
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (typeof value !== 'object') throw new MetadataTypeError(path, value)
  if (parents.includes(value) || parents.length >= MAX_DEPTH) throw new MetadataTypeError(path, value)
  const below = [...parents, value]
  if (Array.isArray(value)) return value.map((item, i) => plainCopy(item, `${path}[${i}]`, below))
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw new MetadataTypeError(path, value)
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    const item = field(value, key, `${path}.${key}`)
    if (forbiddenKeys.has(key)) throw new MetadataTypeError(`${path}.${key}`, item)
    if (item !== undefined) copy[key] = plainCopy(item, `${path}.${key}`, below)
  }
  return copy
}

/** Reads a field, which may be a getter of the application. */
function field(value: object, key: string, path: string): unknown {
  try {
    return (value as Record<string, unknown>)[key]
  } catch (error) {
    throw new MetadataTypeError(path, undefined, error)
  }
}

/** Freezes arrays and objects; binary data cannot be frozen. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  for (const item of Object.values(value)) deepFreeze(item)
  return Object.freeze(value)
}
