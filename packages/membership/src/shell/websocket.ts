// How every WebSocket of ours is set up, dialed or accepted.
import { wireLimits } from './wire-limits.ts'

/** How long a socket may take to close after our close frame or the peer's end of stream, before it is destroyed. */
export const CLOSE_TIMEOUT_MS = 1000

/** The path that members dial, unless the `path` option says otherwise. */
export const DEFAULT_PATH = '/rollcall'

/**
 * No compression (frames are tiny; `ws` clients offer it otherwise), no automatic pongs (a flood of pings would
 * make us queue as many; liveness is the protocol's own matter), and limits on whatever a peer can make us hold.
 */
export const webSocketOptions = {
  perMessageDeflate: false,
  autoPong: false,
  maxPayload: wireLimits.frameBytes,
  maxFragments: 1024,
  maxBufferedChunks: 16 * 1024,
  closeTimeout: CLOSE_TIMEOUT_MS,
  skipUTF8Validation: true,
} as const

/**
 * The mask of the frames that a dialing member sends: zeros, which leave the bytes as they are. RFC 6455 (10.3) masks so
 * that a script in a browser cannot make a proxy take its frames for HTTP; no member is a browser, and masking costs
 * about a millisecond a mebibyte at each end. See docs/decisions/0013.
 */
export function zeroMask(mask: Buffer): void {
  mask.fill(0)
}
