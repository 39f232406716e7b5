// Checks shared keys, given as an option or in a file. No secret ever gets into a message.
import { OptionError, unsaid } from '../errors.ts'
import { checkNames } from '../shell/option-checks.ts'
import { isKeyId, type Key, type Keys, MAX_KEY_ID_BYTES } from './keyring.ts'

const MIN_SECRET_BYTES = 32
/** What OpenSSL takes. */
const MAX_SECRET_BYTES = 256
const MAX_KEYS = 16

const secretSize = `${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} random bytes (made by: openssl rand -base64 32)`
const idShape = `1 to ${MAX_KEY_ID_BYTES} bytes of text without white space`

const countOfKeys = `1 to ${MAX_KEYS} keys`
const isCount = (count: number) => count >= 1 && count <= MAX_KEYS

/** What is wrong with some keys, or with one of them. */
export interface KeyFault {
  /** Which one, from 0; undefined when it is about all. */
  readonly index?: number
  readonly field?: 'id' | 'secret'
  readonly expected: string
  /** What was found: no secret, nor what may be one. */
  readonly found: string
}

/** The first thing that is wrong with some keys. */
export function faultIn(keys: Keys): KeyFault | undefined {
  if (!isCount(keys.length)) return { expected: countOfKeys, found: String(keys.length) }
  const ids = new Set<string>()
  for (const [index, { id, secret }] of keys.entries()) {
    const { length } = secret
    const at = (field: 'id' | 'secret', expected: string, found: string) => ({
      index,
      field,
      expected,
      found,
    })
    if (!isKeyId(id)) return at('id', idShape, `${Buffer.byteLength(id)} bytes`)
    if (ids.has(id)) return at('id', 'an id that no other key has', `"${id}" again`)
    if (length < MIN_SECRET_BYTES || length > MAX_SECRET_BYTES)
      return at('secret', secretSize, `${length} bytes`)
    ids.add(id)
  }
  return undefined
}

/** Keys given as an option of this name; they are copied. @throws OptionError */
export function checkKeys(option: string, given: unknown): Keys {
  if (!Array.isArray(given))
    throw new OptionError(option, 'a list of keys, each with id and secret', unsaid(given))
  if (!isCount(given.length)) throw new OptionError(option, countOfKeys, String(given.length))
  // Not `map`, which leaves out the holes of a list.
  const keys = Array.from(given, (key: unknown, index) => checkKey(`${option}[${index}]`, key))
  const fault = faultIn(keys)
  if (fault === undefined) return keys
  const { index, field, expected, found } = fault
  throw new OptionError(index === undefined ? option : `${option}[${index}].${field}`, expected, found)
}

function checkKey(option: string, given: unknown): Key {
  if (typeof given !== 'object') throw new OptionError(option, 'an object with id and secret', unsaid(given))
  checkNames(`${option}.`, given, ['id', 'secret'])
  const { id, secret } = given as { readonly id?: unknown; readonly secret?: unknown }
  if (typeof id !== 'string') throw new OptionError(`${option}.id`, idShape, unsaid(id))
  if (typeof secret === 'string') return { id, secret: Buffer.from(secret) }
  if (secret instanceof Uint8Array) return { id, secret: Uint8Array.from(secret) }
  throw new OptionError(`${option}.secret`, `text or a Uint8Array of ${secretSize}`, unsaid(secret))
}
