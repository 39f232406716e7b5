// Which authority of ours has let a peer in. A TLS server of the host program may trust others too, and what Node shows as
// the chain of a peer was put together by names: each step is checked by its signature.
import { X509Certificate } from 'node:crypto'
import type { DetailedPeerCertificate } from 'node:tls'

/** OpenSSL's own limit on the length of a chain is below that. */
const MAX_DEPTH = 128

/** The fingerprint of the first one that a verified certificate leads to; undefined when it leads to none. */
export function authorityOver(
  shown: DetailedPeerCertificate,
  authorities: Iterable<X509Certificate>,
): string | undefined {
  // Intermediates are of use in `ca`, but are trusted only as far as their own issuer is.
  const roots = [...authorities].filter(({ subject, issuer }) => subject === issuer)
  try {
    return walk(shown, roots)?.fingerprint256
  } catch {
    // A key of a kind that Node does not know.
    return undefined
  }
}

function walk(
  shown: DetailedPeerCertificate,
  roots: readonly X509Certificate[],
): X509Certificate | undefined {
  let step = shown
  let certificate = new X509Certificate(shown.raw)
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const { fingerprint256 } = certificate
    const root = roots.find((one) => one.fingerprint256 === fingerprint256 || isSignedBy(certificate, one))
    if (root !== undefined) return root
    step = step.issuerCertificate
    if (step === undefined || step.fingerprint256 === fingerprint256) return undefined
    const issuer = new X509Certificate(step.raw)
    if (!issuer.ca || !isSignedBy(certificate, issuer)) return undefined
    certificate = issuer
  }
  return undefined
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}
