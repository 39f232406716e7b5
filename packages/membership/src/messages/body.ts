// Bodies of messages: plain data to bytes and back. The application's own bytes travel as they are, without a copy; what
// a peer sends is read without trust.
import { types } from 'node:util'
import { Packr } from 'msgpackr/pack'
import { shown } from '../errors.ts'
import { type BodyPart, BodyTooLargeError, BodyTypeError } from '../message-errors.ts'
import { forbiddenKeys, isPlainMsgpack } from '../shell/msgpack-scan.ts'
import type { Body } from './item.ts'
import { MAX_BODY_BYTES } from './session.ts'

/** Deepest nesting of a body. */
export const MAX_BODY_DEPTH = 100
/** Most values and keys in a body: a byte can stand for an object, so bytes alone do not bound the memory taken. */
export const MAX_BODY_VALUES = 1_000_000

const scanOptions = { maxDepth: MAX_BODY_DEPTH, maxValues: MAX_BODY_VALUES, maps: true }

const packr = new Packr({
  useRecords: false,
  variableMapSize: true,
  int64AsType: 'number',
  moreTypes: false,
  structuredClone: false,
})

const noBytes = new Uint8Array(0)

/** No body. */
export const noBody: Body = { kind: 'none', bytes: noBytes }

/** Encodes a body. @throws BodyTypeError, BodyTooLargeError */
export function encodeBody(value: unknown, part: BodyPart): Body {
  if (value === undefined) return noBody
  const body: Body = types.isUint8Array(value)
    ? { kind: 'binary', bytes: value }
    : { kind: 'plain', bytes: pack(value, part) }
  const { length } = body.bytes
  if (length > MAX_BODY_BYTES) throw new BodyTooLargeError(part, length, MAX_BODY_BYTES)
  return body
}

/** Decodes a body. Returns `notPlain` for bytes that are no plain data. Never throws. */
export function decodeBody(body: Body): unknown {
  if (body.kind === 'none') return undefined
  if (body.kind === 'binary') return body.bytes
  if (!isPlainMsgpack(body.bytes, scanOptions)) return notPlain
  try {
    return packr.unpack(body.bytes)
  } catch {
    return notPlain
  }
}

/** What `decodeBody` returns for bytes that are no plain data. */
export const notPlain: unique symbol = Symbol('not plain data')

function pack(value: unknown, part: BodyPart): Uint8Array {
  try {
    // The copy finds out what is wrong, or leaves out fields that are undefined.
    return packr.pack(isPlain(value, 0, { values: 0 }) ? value : new PlainCopier(part).copy(value, 'body', 0))
  } catch (error) {
    if (error instanceof BodyTypeError) throw error
    throw new BodyTypeError(part, 'body', 'body: a getter or a proxy in it throws', { cause: error })
  }
}

/** Whether a value can be encoded as it is. */
function isPlain(value: unknown, depth: number, seen: { values: number }): boolean {
  if (++seen.values > MAX_BODY_VALUES) return false
  if (value === null) return true
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return true
    case 'object':
      break
    default:
      return false
  }
  if (depth >= MAX_BODY_DEPTH) return false
  if (Array.isArray(value)) {
    for (const item of value) if (!isPlain(item, depth + 1, seen)) return false
    return true
  }
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value instanceof Uint8Array
  for (const key of Object.keys(value)) {
    if (forbiddenKeys.has(key)) return false
    seen.values++
    if (!isPlain((value as Record<string, unknown>)[key], depth + 1, seen)) return false
  }
  return true
}

/** Copies plain data without the fields that are undefined, and says where something else is. */
class PlainCopier {
  readonly #part: BodyPart
  #values = 0

  constructor(part: BodyPart) {
    this.#part = part
  }

  copy(value: unknown, path: string, depth: number): unknown {
    this.#values++
    if (this.#values > MAX_BODY_VALUES) throw this.#fault(path, `at most ${MAX_BODY_VALUES} values`, 'more')
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value
    if (value instanceof Uint8Array) return value
    if (typeof value !== 'object') throw this.#fault(path, plainData, shown(value))
    if (depth >= MAX_BODY_DEPTH)
      throw this.#fault(path, `at most ${MAX_BODY_DEPTH} levels, no cycles`, 'more')
    if (Array.isArray(value)) {
      return Array.from(value, (item, i) => this.copy(item, `${path}[${i}]`, depth + 1))
    }
    const prototype = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) throw this.#fault(path, plainData, shown(value))
    const copy: Record<string, unknown> = {}
    for (const key of Object.keys(value)) {
      const below = `${path}.${key}`
      if (forbiddenKeys.has(key)) throw this.#fault(below, 'an ordinary key', JSON.stringify(key))
      const item = (value as Record<string, unknown>)[key]
      if (item === undefined) continue
      this.#values++
      copy[key] = this.copy(item, below, depth + 1)
    }
    return copy
  }

  #fault(path: string, expected: string, got: string): BodyTypeError {
    const short = path.length > 200 ? `${path.slice(0, 200)}…` : path
    return new BodyTypeError(this.#part, short, `${short}: expected ${expected}, got ${got}`)
  }
}

const plainData = 'null, a boolean, number, string, Uint8Array, array or plain object'
