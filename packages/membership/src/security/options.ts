// What the option `security` of `join` takes.

import type { TokenIdentity } from './token-option.ts'

/** A secret that all members have and nobody else. */
export interface SharedKey {
  /** What it is called: at most 64 bytes, no white space. Sent in the clear; different in each key of a list. */
  readonly id: string
  /**
   * 32 to 256 bytes that nobody can guess: text counts by its UTF-8 bytes, whatever it is an encoding of. Made by
   * `openssl rand -base64 32`.
   */
  readonly secret: string | Uint8Array
}

/** Links are TLS 1.3 with pre-shared keys on both ends (RFC 8446 section 2.2): whoever has none of them cannot get in. */
export interface KeySecurity {
  /**
   * The shared keys, at most 16: the first one dials, all are accepted. Or the absolute path of a key file: one key a line as
   * `id secret`, with empty lines and lines that start with `#` between them; it is read again when it changes.
   */
  readonly keys: readonly SharedKey[] | string
  /** Members also show each other a token of their platform. Default: they do not. */
  readonly token?: TokenIdentity
}

/** What a member shows and trusts: each the absolute path of a file in PEM, read again when it changes, or PEM itself. */
export interface CertificateOptions {
  /**
   * Our own certificate, with its intermediates below it, for clients and for servers. May be left out, with `key`, where
   * `server` has one of its own and `token` proves this member to those it dials.
   */
  readonly cert?: string
  /** The private key of `cert`, without a passphrase. */
  readonly key?: string
  /** The authorities, one or more, that certificates of members lead to. */
  readonly ca: string
  /**
   * The DNS names and URIs (such as SPIFFE's) that members have in their certificates: one pattern, or up to 32. `*` stands
   * for one label of a DNS name, one segment of a URI's path, or a part of it; `{name}` for the same, which has to be the
   * member's own name, and has no `*` beside it in there. The address that was dialed does not count.
   */
  readonly peerName: string | readonly string[]
}

/**
 * Links are TLS 1.3 with certificates on both ends: whoever has none of a trusted authority, with a name that members have,
 * cannot get in.
 */
export interface CertificateSecurity {
  /** What this member shows, and what it trusts. */
  readonly certificates: CertificateOptions
  /** Members also show each other a token of their platform. Default: they do not. */
  readonly token?: TokenIdentity
}

/**
 * How links are protected. `'none'`: they are not, so whoever can reach the port can read and join; for networks
 * that are closed by other means.
 */
export type Security = 'none' | KeySecurity | CertificateSecurity

/** Where a key file is looked for when `security` is left out: the mount path of a Kubernetes Secret. */
export const DEFAULT_KEY_FILE = '/var/run/secrets/rollcall/keys'
