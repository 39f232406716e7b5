// What the core is told, always together with the time. Plain data: a log of inputs is a replay.
import type { Address } from './identity.ts'
import type { Message } from './message.ts'

/** Names one link or dial. The core numbers its dials 1, 2, 3 …; the shell numbers what it accepts -1, -2, -3 … */
export type LinkId = number

/** Why a dial ended without a link. */
export type DialFailure =
  /** The connection was refused (RST to our SYN): nothing listens there. */
  | 'refused'
  /** No route, host or network unreachable. */
  | 'unreachable'
  /** No answer to our SYN within `connectTimeoutMs`. */
  | 'timeout'
  /** It speaks TLS with shared keys, and does not accept ours. */
  | 'key-refused'
  /** It does not speak TLS as we do: plain, or with a certificate where we have a key. */
  | 'not-secured'
  /** It shows a certificate that leads to no authority that we trust. */
  | 'certificate-untrusted'
  /** It shows a certificate that has expired, or is not valid yet. */
  | 'certificate-expired'
  /** It shows a certificate of a name that no member has. */
  | 'certificate-name'
  /** It does not accept our certificate. */
  | 'certificate-refused'
  /** Anything else: accepted and then reset or closed, not a WebSocket. */
  | 'other'

/** How a link ended, as the socket saw it. */
export interface LinkEnd {
  /** The close code of the peer's close frame; undefined when the connection broke without one. */
  readonly code?: number
  /** The shell itself has closed it with that code, for what the peer did. */
  readonly isOurs?: boolean
}

export type Input =
  /** The last good seed set; addresses are hints where peers may be. */
  | { readonly type: 'seeds'; readonly addresses: readonly Address[] }
  /** A dial got its TCP connection; TLS and the WebSocket handshake go on. Not a sign of a live process. */
  | { readonly type: 'dial-connected'; readonly link: LinkId }
  /** A dial ended without a link. */
  | { readonly type: 'dial-failed'; readonly link: LinkId; readonly why: DialFailure }
  /** A WebSocket is open: one of our dials, or an accepted one (negative id). */
  | { readonly type: 'link-opened'; readonly link: LinkId }
  /** An open link ended, by either side or by breaking. Given exactly once for each link-opened. */
  | { readonly type: 'link-closed'; readonly link: LinkId; readonly end: LinkEnd }
  /** A frame that decoded and has the right shape. */
  | { readonly type: 'frame'; readonly link: LinkId; readonly message: Message }
  /** A well-formed frame of a kind this version does not know; only counted, and a sign of bytes. */
  | { readonly type: 'unknown-frame'; readonly link: LinkId }
  /** Messages of the application came on a link; said now and then, not for each. */
  | { readonly type: 'heard'; readonly link: LinkId }
  /**
   * Other keys or certificates count now, here: what refused us may not, and the links listed were made with what counts
   * no more.
   */
  | { readonly type: 'credentials-changed'; readonly outdated: readonly LinkId[] }
  /** `wakeAt` has come. */
  | { readonly type: 'wake' }
  /** Everything that had arrived when `drain` was asked for has been given to the core. */
  | { readonly type: 'drained' }
  /** The application replaced its metadata. */
  | { readonly type: 'set-metadata'; readonly metadata: Uint8Array }
  /** The application says how many members there should be. */
  | { readonly type: 'set-expected-size'; readonly size: number }
  /** The application says that a failed or left member is gone for good; nothing happens if it is neither. */
  | { readonly type: 'forget'; readonly name: string }
  /** The application is about to leave: others are told, and nothing else changes until `leave`. */
  | { readonly type: 'announce-leaving' }
  /** The application leaves; goodbyes are awaited for at most `timeoutMs`. */
  | { readonly type: 'leave'; readonly timeoutMs: number }
