// Why the listener turned a connection away, as a counter and in words.
import type { TlsRefusal } from '../security/protection.ts'
import type { StrangerRefusal } from './strangers.ts'

/**
 * Why the listener turned a connection away: also for a request that is none (`bad-request`), asks for another path or for
 * no WebSocket (`not-found`, own port only), comes from a page in a browser (`origin`), or gets the WebSocket handshake wrong.
 */
export type Refusal = StrangerRefusal | TlsRefusal | 'bad-request' | 'not-found' | 'origin' | 'handshake'

/** Those that need no look at the peer, in the words of the log. */
export const refusalTexts = {
  busy: 'too many wait to say hello, or have come in this second (limits.pendingHandshakes)',
  'busy-address': 'too many of its address wait to say hello (limits.pendingHandshakesPerAddress)',
  'handshake-timeout': 'no hello in time (limits.handshakeTimeoutMs)',
  'too-much-before-hello': 'it says too much before its hello',
  'not-found': 'it asks for another path, or for no WebSocket (option path)',
  origin: 'it comes from a page in a browser (header Origin)',
  handshake: 'its WebSocket handshake is wrong',
} as const satisfies Partial<Record<Refusal, string>>
