// Checks the option `security`. What is given may be a secret in the wrong place, so errors tell only of what kind it is.
import { Server as HttpsServer } from 'node:https'
import { isAbsolute } from 'node:path'
import { OptionError, unsaid } from '../errors.ts'
import { checkNames } from '../shell/option-checks.ts'
import { type CertificateSources, isPem } from './certificate-files.ts'
import { checkKeys } from './check-keys.ts'
import type { Keys } from './keyring.ts'
import type { Use } from './own-certificate.ts'
import { checkPeerName } from './peer-names.ts'
import { checkToken, type TokenIdentity } from './token-option.ts'

/** How links are to be protected, checked. */
export type SecurityChoice =
  /** Left out. `looksForKeys`: a key file at the default path counts. */
  | { readonly type: 'unset'; readonly looksForKeys: boolean }
  /** Not, and somebody has said so. */
  | { readonly type: 'none' }
  | (Beside & { readonly type: 'keys'; readonly keys: Keys })
  | (Beside & { readonly type: 'key-file'; readonly path: string })
  | (Beside & {
      readonly type: 'certificates'
      readonly sources: CertificateSources
      readonly peerName: readonly string[]
      /** What `cert` has to be for. */
      readonly uses: readonly Use[]
    })

interface Beside {
  readonly token: TokenIdentity | undefined
}

/** How connections come in: to a port of our own, or by a server of the host program. */
type Entrance = 'own' | 'http' | 'https'

const expected = "'none', { keys } or { certificates }"

/** `server`: connections come by a server of the host program. @throws OptionError */
export function checkSecurity(security: unknown, server: unknown): SecurityChoice {
  const entrance = server === undefined ? 'own' : server instanceof HttpsServer ? 'https' : 'http'
  if (entrance === 'https' && (security === undefined || security === 'none')) {
    const wanted = '{ certificates: { ca, peerName } } at least, since server is one of node:https'
    throw new OptionError('security', `${wanted}: other members are dialed by TLS`, security)
  }
  if (security === undefined) return { type: 'unset', looksForKeys: entrance === 'own' }
  if (security === 'none') return { type: 'none' }
  if (typeof security !== 'object' || security === null)
    throw new OptionError('security', expected, unsaid(security))
  checkNames('security.', security, ['keys', 'certificates', 'token'])
  const given = security as {
    readonly keys?: unknown
    readonly certificates?: unknown
    readonly token?: unknown
  }
  const { keys, certificates } = given
  if (keys !== undefined && certificates !== undefined) {
    throw new OptionError('security.certificates', 'nothing, since keys are given', unsaid(certificates))
  }
  const token = given.token === undefined ? undefined : checkToken('security.token', given.token)
  if (keys !== undefined) return checkSharedKeys(keys, entrance, token)
  if (certificates !== undefined) return checkCertificateOptions(certificates, entrance, token)
  if (token === undefined) throw new OptionError('security', expected, unsaid(security))
  const beside = 'keys or certificates beside it: a token is sent only where TLS has shown who gets it'
  throw new OptionError('security.token', beside, given.token)
}

function checkSharedKeys(
  keys: unknown,
  entrance: Entrance,
  token: TokenIdentity | undefined,
): SecurityChoice {
  if (entrance !== 'own') {
    throw new OptionError(
      'security.keys',
      'nothing, since server is given: TLS is up to that server',
      unsaid(keys),
    )
  }
  if (typeof keys !== 'string') return { type: 'keys', keys: checkKeys('security.keys', keys), token }
  if (!isAbsolute(keys)) {
    throw new OptionError('security.keys', 'a list of keys, or the absolute path of a key file', unsaid(keys))
  }
  return { type: 'key-file', path: keys, token }
}

function checkCertificateOptions(
  certificates: unknown,
  entrance: Entrance,
  token: TokenIdentity | undefined,
): SecurityChoice {
  const prefix = 'security.certificates'
  if (entrance === 'http') {
    const why = 'nothing, since server is one of node:http: give one of node:https, or none'
    throw new OptionError(prefix, why, unsaid(certificates))
  }
  checkNames(`${prefix}.`, certificates, ['cert', 'key', 'ca', 'peerName'])
  const { cert, key, ca, peerName } = certificates as Record<string, unknown>
  const text = (option: string, source: unknown) => {
    if (typeof source === 'string' && (isPem(source) || isAbsolute(source))) return source
    throw new OptionError(`${prefix}.${option}`, 'the absolute path of a file in PEM, or PEM', unsaid(source))
  }
  const trust = { ca: text('ca', ca) }
  const names = checkPeerName(`${prefix}.peerName`, peerName)
  // Whom this member dials must be shown something: a certificate, or a token.
  const isProvenByToken = entrance === 'https' && token !== undefined && token.verify !== 'not-yet'
  const needsNone = isProvenByToken && cert === undefined && key === undefined
  const sources = needsNone ? trust : { ...trust, cert: text('cert', cert), key: text('key', key) }
  // A server of the host program shows a certificate of its own.
  const uses: readonly Use[] = entrance === 'own' ? ['server auth', 'client auth'] : ['client auth']
  return { type: 'certificates', sources, peerName: names, uses, token }
}
