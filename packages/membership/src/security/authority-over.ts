// Which authority of ours a certificate leads to. A TLS server of the host program may trust others too, and what Node shows
// as the chain of a peer was put together by names: each step is checked by its signature.
import { X509Certificate } from 'node:crypto'
import type { DetailedPeerCertificate } from 'node:tls'

/** OpenSSL's own limit on the length of a chain is below that. */
const MAX_DEPTH = 128

/** The fingerprint of the first one that a verified certificate leads to; undefined when it leads to none. */
export function authorityOver(
  shown: DetailedPeerCertificate,
  authorities: Iterable<X509Certificate>,
): string | undefined {
  let step = shown
  return rootOver(shown.raw, authorities, ({ fingerprint256 }) => {
    step = step.issuerCertificate
    return step === undefined || step.fingerprint256 === fingerprint256 ? [] : [new X509Certificate(step.raw)]
  })
}

/** Whether our own leads to one, by intermediates that go with it or are in `ca`. As OpenSSL does, the first that fits counts. */
export function leadsTo(
  authorities: readonly X509Certificate[],
  own: X509Certificate,
  intermediates: readonly X509Certificate[],
): boolean {
  return rootOver(own.raw, authorities, () => [...authorities, ...intermediates]) !== undefined
}

function rootOver(
  raw: Uint8Array,
  authorities: Iterable<X509Certificate>,
  above: (certificate: X509Certificate) => readonly X509Certificate[],
): string | undefined {
  // Intermediates are of use in `ca`, but are trusted only as far as their own issuer is.
  const roots = [...authorities].filter(({ subject, issuer }) => subject === issuer)
  try {
    let step: X509Certificate | undefined = new X509Certificate(raw)
    for (let depth = 0; depth < MAX_DEPTH && step !== undefined; depth++) {
      const certificate: X509Certificate = step
      const { fingerprint256 } = certificate
      const root = roots.find((one) => one.fingerprint256 === fingerprint256 || isSignedBy(certificate, one))
      if (root !== undefined) return root.fingerprint256
      step = above(certificate).find((one) => one.ca && isSignedBy(certificate, one))
    }
  } catch {
    // A key of a kind that Node does not know.
  }
  return undefined
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}
