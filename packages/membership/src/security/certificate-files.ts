// The certificate of a member, its key, and the authorities that it trusts: read from files or given as text, and checked.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { CertificateError } from '../errors.ts'
import { leadsTo } from './authority-over.ts'
import { isoTime } from './iso-time.ts'
import { missingUses, type Use } from './own-certificate.ts'
import { type CertificateName, namesIn } from './peer-names.ts'
import { toldPath, UNTOLD } from './told-path.ts'

/** The texts, each as PEM. Without `cert` and `key` this member shows none to whom it dials. */
export interface CertificateTexts {
  readonly cert?: string
  readonly key?: string
  readonly ca: string
}

/** Where each is, or what it says: PEM has no place in a path. */
export type CertificateSources = CertificateTexts

/** What a TLS context is made of, and what people want to know of it. */
export interface Certificates {
  readonly texts: CertificateTexts
  /** DNS names and URIs of our own. */
  readonly names: readonly CertificateName[]
  /** From when our own counts, and when it ends, in ms since 1970; undefined where there is none. */
  readonly validFrom: number | undefined
  readonly validUntil: number | undefined
  /** Whether our own leads to one of the authorities. */
  readonly isTrusted: boolean
  /** By their SHA-256 fingerprints. */
  readonly authorities: ReadonlyMap<string, X509Certificate>
}

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Whether it is a PEM text itself, and not the path of one. */
export function isPem(source: string): boolean {
  return source.includes('-----BEGIN ')
}

/** Those that are files. */
export function pathsIn(sources: CertificateSources): string[] {
  const { cert, key, ca } = sources
  return [cert, key, ca].flatMap((source) => (source === undefined || isPem(source) ? [] : [source]))
}

/** The texts; what is a file is read. Rejects with CertificateError. */
export async function readCertificates(
  sources: CertificateSources,
  read: (path: string) => Promise<string>,
): Promise<CertificateTexts> {
  const textOf = async (part: keyof CertificateTexts, source: string) => {
    if (isPem(source)) return source
    try {
      return await read(source)
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException
      const problem = `cannot be read (${code})`
      if (toldPath(source) === source) throw new CertificateError(part, source, problem, error)
      // The system's error has the path in it.
      throw new CertificateError(part, undefined, `${UNTOLD} ${problem}`)
    }
  }
  const { cert, key } = sources
  const ca = await textOf('ca', sources.ca)
  if (cert === undefined || key === undefined) return { ca }
  return { cert: await textOf('cert', cert), key: await textOf('key', key), ca }
}

/** Checks that all fits together at a time, and that our own is for those uses. @throws CertificateError */
export function checkCertificates(
  texts: CertificateTexts,
  sources: CertificateSources,
  nowMs: number,
  uses: readonly Use[],
): Certificates {
  const wrong: Complaint = (part, problem, cause) => {
    const source = sources[part] ?? ''
    return new CertificateError(part, isPem(source) ? undefined : source, problem, cause)
  }
  const authorities = new Map(parsed('ca', texts.ca, wrong).map((one) => [one.fingerprint256, one]))
  const { cert, key } = texts
  if (cert === undefined || key === undefined) {
    return { texts, names: [], validFrom: undefined, validUntil: undefined, isTrusted: false, authorities }
  }
  const [own, ...intermediates] = parsed('cert', cert, wrong) as [X509Certificate, ...X509Certificate[]]
  if (!own.checkPrivateKey(privateKey(key, wrong))) throw wrong('key', 'does not belong to the certificate')
  const names = namesIn(own.subjectAltName)
  if (names.length === 0) throw wrong('cert', 'names no DNS name and no URI (subjectAltName)')
  const validUntil = Date.parse(own.validTo)
  if (validUntil <= nowMs) throw wrong('cert', `has expired (${isoTime(validUntil)})`)
  const missing = missingUses(own, uses)
  if (missing.length > 0) {
    throw wrong('cert', `is not for ${missing.join(' and ')} (extended key usage): others refuse it`)
  }
  try {
    createSecureContext({ cert, key })
  } catch (error) {
    // OpenSSL takes no short keys and no SHA-1: how short depends on its version.
    const { code = String(error) } = error as NodeJS.ErrnoException
    throw wrong('cert', `cannot be used for TLS (${code})`, error)
  }
  const isTrusted = leadsTo([...authorities.values()], own, intermediates)
  return { texts, names, validFrom: Date.parse(own.validFrom), validUntil, isTrusted, authorities }
}

type Complaint = (part: keyof CertificateTexts, problem: string, cause?: unknown) => CertificateError

function parsed(part: 'cert' | 'ca', text: string, wrong: Complaint): X509Certificate[] {
  const blocks = text.match(block) ?? []
  if (blocks.length === 0) throw wrong(part, 'has no certificate in PEM')
  try {
    return blocks.map((pem) => new X509Certificate(pem))
  } catch (error) {
    throw wrong(part, 'has a certificate that cannot be read', error)
  }
}

function privateKey(text: string, wrong: Complaint): KeyObject {
  try {
    return createPrivateKey(text)
  } catch (error) {
    throw wrong('key', 'is no private key in PEM, or needs a passphrase', error)
  }
}
