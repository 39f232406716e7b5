// How the connections of a member are secured: TLS on both ends, by whatever the two can show each other. What that is
// stays behind this seam; without a protection connections are plain.
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { DialFailure } from '../core/input.ts'

/** What the two ends of a connection have shown each other. Whether it still counts is for its protection to say. */
export interface Credential {
  /** What it is called: the id of the shared key, or a name in the peer's certificate. No secret. */
  readonly id: string
  /** Whether its bearer may go by a name; absent where that is not bound to it. */
  isFor?(memberName: string): boolean
}

/** Why a connection that came in did not get through TLS; also the name of its counter. */
export type TlsRefusal =
  /** The peer's shared key has an id that is not accepted here. */
  | 'unknown-key'
  /** The id is known, and the secret is another one. */
  | 'wrong-secret'
  /** It does not speak TLS: plain HTTP, or anything else. */
  | 'no-tls'
  /** It shows no certificate where one is asked for. */
  | 'no-certificate'
  /** It shows one that leads to no authority that is trusted here, or is not valid at this time. */
  | 'untrusted-certificate'
  /** It shows one of a name that no member has. */
  | 'wrong-name'
  /** The handshake failed in another way. */
  | 'tls-handshake'

/** A peer that does not belong here. */
export interface Refused {
  readonly why: TlsRefusal
  readonly detail: string
}

/** What becomes of a connection that came in; just one of them is called, and at most once. */
export interface AcceptHandlers {
  /** The peer belongs here. */
  secured(socket: TLSSocket, credential: Credential): void
  /** It does not, and is being destroyed. Not told of a connection that ends before it has said anything. */
  refused(why: TlsRefusal, detail: string): void
}

/** Secures connections. */
export interface Protection {
  /**
   * Speaks TLS on a connection that we have made. `secured` is called once the peer has shown that it belongs here; else
   * the socket returned ends with an error.
   */
  dial(socket: Socket, secured: (credential: Credential) => void): TLSSocket
  /** Speaks TLS on a connection that came in. For how long it may take is up to the caller, who destroys it then. */
  accept(socket: Socket, handlers: AcceptHandlers): void
  /** What an error on a connection that we have made says about the peer. */
  failure(error: NodeJS.ErrnoException): DialFailure
  /** Whether a connection made with this may go on. */
  accepts(credential: Credential): boolean
  /** What a peer has shown to the TLS server of the host program, where that counts; undefined where it need not. */
  judge?(secure: TLSSocket): Credential | Refused | undefined
}
