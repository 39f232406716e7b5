// What others can make a member hold or do, where its operator may want another number. What must be the same in every
// member, or bounds a single frame, is fixed (shell/wire-limits.ts).

import { DEFAULT_MAX_MEMBERS } from './core/options.ts'

/** Limits of `join`. Each has a counter in `diagnosis()` that tells how often it was met; docs/options.md names them. */
export interface Limits {
  /**
   * Connections from one address (for IPv6: one /64) that have not said an accepted hello yet; one more, and the oldest of
   * them is dropped. `Infinity` turns it off: behind a service mesh, where all come from one address. Default 128.
   */
  readonly pendingHandshakesPerAddress: number
  /**
   * The same from all addresses together; one more, and the oldest of the address that has the most is dropped.
   * Cannot be turned off. Default 256. Of more than as many in a second only the first four of each address are
   * looked at.
   */
  readonly pendingHandshakes: number
  /** How long a connection may take from its TCP accept, over TLS and the WebSocket, to an accepted hello. Default 10,000. */
  readonly handshakeTimeoutMs: number
  /**
   * Members in the view, those that failed or left included, of which the oldest make room for newcomers; a newcomer that
   * finds no room is refused (close code 4013). The same in every member; at most 4096. Default 2048.
   */
  readonly members: number
  /** Most bytes of this member's own metadata, encoded; others take up to 65,536. Default 16,384. */
  readonly metadataBytes: number
  /**
   * Protocol frames, and facts about members in them, that one link may bring in a second, and ten times as many at once.
   * Past that nothing is read from it for a while. At least 1000; default 2000.
   */
  readonly updatesPerSecond: number
}

export const defaultLimits: Limits = {
  pendingHandshakesPerAddress: 128,
  pendingHandshakes: 256,
  handshakeTimeoutMs: 10_000,
  members: DEFAULT_MAX_MEMBERS,
  metadataBytes: 16 * 1024,
  updatesPerSecond: 2000,
}
