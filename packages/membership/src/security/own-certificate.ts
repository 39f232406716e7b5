// What others have against the certificate of this member, as far as it can tell itself: else only they would know. What
// nobody takes, whatever the options, is an error. What hangs on `ca` and `peerName` is said and no more, since others may
// have other ones while they are being changed.
import type { X509Certificate } from 'node:crypto'
import type { Certificates } from './certificate-files.ts'
import { type PeerNames, showNames } from './peer-names.ts'

/** What a certificate can be for. */
export type Use = 'server auth' | 'client auth'

const extendedKeyUsages: Readonly<Record<Use, string>> = {
  'server auth': '1.3.6.1.5.5.7.3.1',
  'client auth': '1.3.6.1.5.5.7.3.2',
}

/** Those that it is not for. One that says nothing is for all; "any" counts for none of them, as for OpenSSL. */
export function missingUses({ keyUsage }: X509Certificate, wanted: readonly Use[]): Use[] {
  const said = keyUsage as string[] | undefined
  return said === undefined ? [] : wanted.filter((use) => !said.includes(extendedKeyUsages[use]))
}

/** Why members with the same options refuse the one of this name, in sentences. */
export function objectionsTo(
  { names, validUntil, isTrusted }: Certificates,
  peerNames: PeerNames,
  memberName: string,
): string[] {
  if (validUntil === undefined) return []
  const refused = 'those with the same options refuse it'
  const allowed = peerNames.patterns.join(', ')
  const sentences: string[] = []
  if (peerNames.find(names) === undefined) {
    sentences.push(
      `This member is ${showNames(names)} by its certificate, and members are ${allowed}: ${refused}.`,
    )
  } else if (!peerNames.allow(names, memberName)) {
    const text = `This member goes by ${memberName}, and by ${allowed} its certificate (${showNames(names)})`
    sentences.push(`${text} is for another name: ${refused}.`)
  }
  if (!isTrusted) {
    sentences.push(`The certificate of this member is of no authority in its own ca: ${refused}.`)
  }
  return sentences
}
