// Checks the option `security`.
import { isAbsolute } from 'node:path'
import { OptionError } from '../errors.ts'
import { checkNames } from '../shell/option-checks.ts'
import { checkKeys } from './check-keys.ts'
import type { Keys } from './keyring.ts'

/** How links are to be protected, checked. */
export type SecurityChoice =
  /** Left out. `looksForKeys`: a key file at the default path counts. */
  | { readonly type: 'unset'; readonly looksForKeys: boolean }
  /** Not, and somebody has said so. */
  | { readonly type: 'none' }
  | { readonly type: 'keys'; readonly keys: Keys }
  | { readonly type: 'key-file'; readonly path: string }

/** `hasServer`: connections come by a server of the host program. @throws OptionError */
export function checkSecurity(security: unknown, hasServer: boolean): SecurityChoice {
  if (security === undefined) return { type: 'unset', looksForKeys: !hasServer }
  if (security === 'none') return { type: 'none' }
  if (typeof security !== 'object' || security === null) {
    throw new OptionError('security', "'none' or { keys }", security)
  }
  checkNames('security.', security, ['keys'])
  const { keys } = security as { readonly keys?: unknown }
  if (keys === undefined) throw new OptionError('security', "'none' or { keys }", security)
  if (hasServer) {
    throw new OptionError('security.keys', 'nothing, since server is given: TLS is up to that server', keys)
  }
  if (typeof keys !== 'string') return { type: 'keys', keys: checkKeys('security.keys', keys) }
  // Whoever gives the secret itself does not read it in an error.
  if (!isAbsolute(keys)) {
    throw new OptionError('security.keys', 'a list of keys, or the absolute path of a key file', 'text')
  }
  return { type: 'key-file', path: keys }
}
