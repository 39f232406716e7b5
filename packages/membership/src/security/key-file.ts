// A file of shared keys, as a Kubernetes Secret is mounted: one key a line.
import { KeyFileError } from '../errors.ts'
import { faultIn } from './check-keys.ts'
import type { Key, Keys } from './keyring.ts'

/** Most of a file that is looked at. */
const MAX_FILE_BYTES = 64 * 1024

/** The keys in the text of a file: `id secret` in each line, except empty ones and comments. @throws KeyFileError */
export function parseKeyFile(path: string, text: string): Keys {
  if (text.length > MAX_FILE_BYTES) throw new KeyFileError(path, 'expected at most 64 KiB')
  const keys: Key[] = []
  const lines: number[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const words = line.trim().split(/\s+/)
    const [id = '', secret = ''] = words
    if (id === '' || id.startsWith('#')) continue
    // What the words are is not said: one may be a secret.
    if (words.length !== 2) {
      throw new KeyFileError(
        path,
        `line ${index + 1}: expected an id and a secret, got ${words.length} words`,
      )
    }
    keys.push({ id, secret: Buffer.from(secret) })
    lines.push(index + 1)
  }
  const fault = faultIn(keys)
  if (fault === undefined) return keys
  const { index, field, expected, found } = fault
  const where = index === undefined ? '' : `line ${lines[index]}, ${field}: `
  throw new KeyFileError(path, `${where}expected ${expected}, got ${found}`)
}
