// What the option `security` of `join` takes.

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
}

/**
 * How links are protected. `'none'`: they are not, so whoever can reach the port can read and join; for networks
 * that are closed by other means.
 */
export type Security = 'none' | KeySecurity

/** Where a key file is looked for when `security` is left out: the mount path of a Kubernetes Secret. */
export const DEFAULT_KEY_FILE = '/var/run/secrets/rollcall/keys'
