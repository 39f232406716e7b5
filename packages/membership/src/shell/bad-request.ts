// What came to a port without TLS that is no request of HTTP, for the log.
import { HANDSHAKE } from './first-record.ts'

/** What the parser of Node says of bytes that are no request. */
export interface NoRequest extends NodeJS.ErrnoException {
  /** What it has parsed last. */
  readonly rawPacket?: Uint8Array
}

/** Most often it is a member with keys that dials one without. */
export function whatCame({ rawPacket, code }: NoRequest): string {
  if (rawPacket?.[0] === HANDSHAKE) return 'it speaks TLS, and this member does not (option security)'
  return `it makes no request as members do (${code})`
}
