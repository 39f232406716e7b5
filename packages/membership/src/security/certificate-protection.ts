// TLS 1.3 with certificates on both ends: each side shows one of an authority that the other trusts, with a name that
// members have. The address that was dialed does not count: pods have names of Services or workloads in theirs.
import { constants } from 'node:crypto'
import type { Socket } from 'node:net'
import {
  connect,
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
  type TLSSocket,
} from 'node:tls'
import type { DialFailure } from '../core/input.ts'
import { authorityOver } from './authority-over.ts'
import type { Certificates } from './certificate-files.ts'
import { type CertificateName, namesIn, type PeerNames, showNames } from './peer-names.ts'
import type { AcceptHandlers, Credential, Protection, Refused } from './protection.ts'
import { TlsAcceptor } from './tls-acceptor.ts'

/** No tickets: whoever resumes a session with one shows no certificate, and could do so after its authority was removed. */
const tls13: SecureContextOptions = {
  minVersion: 'TLSv1.3',
  maxVersion: 'TLSv1.3',
  secureOptions: constants.SSL_OP_NO_TICKET,
}

/** How a peer is told in HTTP, which is what it speaks next, that its certificate will not do. */
const FORBIDDEN = 'HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'
/** What `ws` makes of that. */
const wasForbidden = /^Unexpected server response: 403$/

const WRONG_NAME = 'ERR_ROLLCALL_PEER_NAME'
const notNow = /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/
/** OpenSSL's words for a certificate that does not lead to an authority that we trust. */
const untrusted = /CERT|UNABLE_TO|SELF_SIGNED/
const alert = /^ERR_SSL_.*_ALERT_/
const tlsError = /^ERR_(SSL|TLS)_/

const OF_NO_AUTHORITY = 'is of no authority that is trusted here'

/** What a peer has shown: one of its names, and the authority of ours that it leads to. */
class CertificateCredential implements Credential {
  readonly id: string
  readonly authority: string
  readonly #names: readonly CertificateName[]
  readonly #allowed: PeerNames

  constructor(id: string, authority: string, names: readonly CertificateName[], allowed: PeerNames) {
    this.id = id
    this.authority = authority
    this.#names = names
    this.#allowed = allowed
  }

  isFor(memberName: string): boolean {
    return this.#allowed.allow(this.#names, memberName)
  }
}

export class CertificateProtection implements Protection {
  readonly #names: PeerNames
  readonly #mayShowNone: boolean
  readonly #acceptor: TlsAcceptor
  #certificates: Certificates
  #context: SecureContext

  /** `mayShowNone`: who dials a server of the host program, which may not even ask, is proven by something else. */
  constructor(certificates: Certificates, names: PeerNames, mayShowNone: boolean) {
    this.#names = names
    this.#mayShowNone = mayShowNone
    this.#certificates = certificates
    this.#context = createSecureContext({ ...tls13, ...certificates.texts })
    // Whom to let in is decided in `judge`, so that the peer can be told; Node would cut it off without a word.
    const askForOne = { requestCert: true, rejectUnauthorized: false }
    this.#acceptor = new TlsAcceptor({ ...tls13, ...certificates.texts, ...askForOne })
  }

  /** From now on these are shown, and their authorities trusted. @throws when TLS cannot use them */
  replace(certificates: Certificates): void {
    this.#context = createSecureContext({ ...tls13, ...certificates.texts })
    this.#acceptor.server.setSecureContext({ ...tls13, ...certificates.texts })
    this.#certificates = certificates
  }

  dial(socket: Socket, secured: (credential: Credential) => void): TLSSocket {
    const secure = connect({
      socket,
      secureContext: this.#context,
      rejectUnauthorized: true,
      checkServerIdentity: (_, { subjectaltname }) => this.#nameFault(namesIn(subjectaltname)),
    })
    secure.once('secureConnect', () => {
      const judged = this.#judge(secure)
      if ('why' in judged) secure.destroy(new Error(judged.detail))
      else secured(judged)
    })
    return secure
  }

  accept(socket: Socket, handlers: AcceptHandlers): void {
    this.#acceptor.accept(socket, {
      done: (secure) => {
        const judged = this.#judge(secure)
        if (!('why' in judged)) {
          handlers.secured(secure, judged)
          return
        }
        handlers.refused(judged.why, judged.detail)
        forbid(secure)
      },
      failed: ({ code = '' }: NodeJS.ErrnoException) => {
        if (code === 'ERR_SSL_HTTP_REQUEST' || code === 'ERR_SSL_WRONG_VERSION_NUMBER') {
          handlers.refused('no-tls', 'it does not speak TLS')
        } else {
          handlers.refused('tls-handshake', `the TLS handshake failed (${code})`)
        }
      },
    })
  }

  judge(secure: TLSSocket): Credential | Refused | undefined {
    const judged = this.#judge(secure)
    return 'why' in judged && judged.why === 'no-certificate' && this.#mayShowNone ? undefined : judged
  }

  /** Whether the peer at the other end of TLS belongs here. */
  #judge(secure: TLSSocket): Credential | Refused {
    const shown = secure.getPeerCertificate(true)
    // Empty where there is none.
    if ((shown.raw as Buffer | undefined) === undefined)
      return { why: 'no-certificate', detail: 'it shows no certificate' }
    const names = namesIn(shown.subjectaltname)
    // A session of before shows nothing now, and no member resumes one.
    if (secure.isSessionReused()) return { why: 'no-certificate', detail: 'it resumes a session' }
    const untrusted = (detail: string): Refused => ({
      why: 'untrusted-certificate',
      detail: `its certificate (${showNames(names)}) ${detail}`,
    })
    if (!secure.authorized) return untrusted(whyNot(String(secure.authorizationError)))
    // A server of the host program may trust more authorities than its members do.
    const authority = authorityOver(shown, this.#certificates.authorities.values())
    if (authority === undefined) return untrusted(OF_NO_AUTHORITY)
    const fault = this.#nameFault(names)
    if (fault !== undefined) return { why: 'wrong-name', detail: fault.message }
    const { text } = this.#names.find(names) as CertificateName
    return new CertificateCredential(text, authority, names, this.#names)
  }

  failure({ code = '', message }: NodeJS.ErrnoException): DialFailure {
    if (code === WRONG_NAME) return 'certificate-name'
    if (notNow.test(code)) return 'certificate-expired'
    if (wasForbidden.test(message) || (alert.test(code) && code.includes('CERT')))
      return 'certificate-refused'
    if (alert.test(code) && code.endsWith('UNKNOWN_CA')) return 'certificate-refused'
    if (tlsError.test(code)) return 'not-secured'
    return untrusted.test(code) ? 'certificate-untrusted' : 'other'
  }

  /** Whoever was let in by an authority stays in as long as that is trusted: a certificate is looked at when it is shown. */
  accepts(credential: Credential): boolean {
    return (
      credential instanceof CertificateCredential && this.#certificates.authorities.has(credential.authority)
    )
  }

  #nameFault(names: readonly CertificateName[]): Error | undefined {
    if (this.#names.find(names) !== undefined) return undefined
    const allowed = this.#names.patterns.join(', ')
    const error = new Error(`its certificate is for ${showNames(names)}, and members are ${allowed}`)
    return Object.assign(error, { code: WRONG_NAME })
  }
}

/** Ends a connection with an answer. The caller limits how long the peer may take to read it. */
export function forbid(stream: Socket): void {
  stream.on('error', () => {})
  stream.resume()
  stream.end(FORBIDDEN)
}

function whyNot(code: string): string {
  if (code === 'CERT_HAS_EXPIRED') return 'has expired'
  if (code === 'CERT_NOT_YET_VALID') return 'is not valid yet'
  if (code.startsWith('UNABLE_TO') || code.includes('SELF_SIGNED')) return OF_NO_AUTHORITY
  return `was not accepted (${code})`
}
