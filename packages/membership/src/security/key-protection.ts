// TLS 1.3 with pre-shared keys (RFC 8446 section 2.2) on both ends: whoever lacks the key gets through no handshake, and
// each connection has keys of its own that the shared one does not give away later (psk_dhe_ke).
import { constants } from 'node:crypto'
import type { Socket } from 'node:net'
import { connect, createSecureContext, type SecureContextOptions, type TLSSocket } from 'node:tls'
import type { DialFailure } from '../core/input.ts'
import { isKeyId, type Key, type Keyring } from './keyring.ts'
import type { AcceptHandlers, Credential, Protection, TlsRefusal } from './protection.ts'
import { TlsAcceptor } from './tls-acceptor.ts'

/**
 * Pre-shared keys go with SHA-256 in OpenSSL. No tickets: whoever resumes a session with one shows no key, and could do so
 * after the key was removed. No certificate of any authority counts.
 */
const tls13: SecureContextOptions = {
  minVersion: 'TLSv1.3',
  maxVersion: 'TLSv1.3',
  ciphers: 'TLS_AES_128_GCM_SHA256',
  secureOptions: constants.SSL_OP_NO_TICKET,
  ca: [],
}

/** OpenSSL's word for: the peer has refused. */
const alert = /^ERR_SSL_.*_ALERT_/
/** It is not TLS, or TLS in which the peer shows a certificate. */
const tlsError = /^ERR_(SSL|TLS)_|CERT|UNABLE_TO/
/** What came is not TLS at all. */
const notTls = /_(HTTP_REQUEST|WRONG_VERSION_NUMBER)$/

/** The dialer never has the peer prove itself by a certificate. */
const noCertificate = () => new Error('the peer shows a certificate and no shared key')

/** A credential that remembers the key itself: an id may get another secret. */
class KeyCredential implements Credential {
  readonly #used: Key

  constructor(used: Key) {
    this.#used = used
  }

  get id(): string {
    return this.#used.id
  }

  isIn(keyring: Keyring): boolean {
    return keyring.has(this.#used)
  }
}

export class KeyProtection implements Protection {
  readonly #keyring: Keyring
  readonly #context = createSecureContext(tls13)
  readonly #acceptor: TlsAcceptor
  /** The id that a peer has offered, until its handshake is over, and the key that it names here. */
  readonly #offered = new WeakMap<TLSSocket, { readonly id: string; readonly key: Key | undefined }>()

  constructor(keyring: Keyring) {
    this.#keyring = keyring
    this.#acceptor = new TlsAcceptor({
      ...tls13,
      pskCallback: (socket, id) => {
        const key = this.#keyring.get(id)
        this.#offered.set(socket, { id, key })
        return key?.secret ?? null
      },
    })
  }

  dial(socket: Socket, secured: (credential: Credential) => void): TLSSocket {
    const key = this.#keyring.first
    const secure = connect({
      socket,
      secureContext: this.#context,
      rejectUnauthorized: true,
      pskCallback: () => ({ identity: key.id, psk: key.secret }),
      checkServerIdentity: noCertificate,
    })
    secure.once('secureConnect', () => {
      // A handshake without a certificate is one by the key, which OpenSSL takes for a resumed session.
      if (secure.isSessionReused()) secured(new KeyCredential(key))
      else secure.destroy(noCertificate())
    })
    return secure
  }

  accept(socket: Socket, handlers: AcceptHandlers): void {
    this.#acceptor.accept(socket, {
      done: (secure) => {
        const key = this.#offered.get(secure)?.key
        if (key === undefined) secure.destroy()
        else handlers.secured(secure, new KeyCredential(key))
      },
      failed: (error, secure) => {
        // The connection broke: it may have been opened only to see whether somebody listens.
        if (error.code?.startsWith('ERR_') !== true) return
        const { why, detail } = this.#refusal(error, secure)
        handlers.refused(why, detail)
      },
    })
  }

  failure({ code = '' }: NodeJS.ErrnoException): DialFailure {
    if (alert.test(code)) return code.endsWith('PROTOCOL_VERSION') ? 'not-secured' : 'key-refused'
    return tlsError.test(code) ? 'not-secured' : 'other'
  }

  accepts(credential: Credential): boolean {
    return credential instanceof KeyCredential && credential.isIn(this.#keyring)
  }

  #refusal(error: NodeJS.ErrnoException, secure: TLSSocket): { why: TlsRefusal; detail: string } {
    const { code = '' } = error
    const offered = this.#offered.get(secure)
    if (offered !== undefined) {
      const { id, key } = offered
      const named = isKeyId(id) ? `"${id}"` : 'of a name that no key can have'
      return key === undefined
        ? { why: 'unknown-key', detail: `its key ${named} is not accepted here` }
        : { why: 'wrong-secret', detail: `its key ${named} has another secret here` }
    }
    return notTls.test(code)
      ? { why: 'no-tls', detail: 'it does not speak TLS' }
      : { why: 'tls-handshake', detail: `the TLS handshake failed (${code})` }
  }
}
