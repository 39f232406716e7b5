// What travels on a simulated TCP connection, and what a kernel tells a process about one of its sockets.

/** One piece of a connection's byte stream, in order. */
export type Segment =
  /** The dialer's HTTP request to become a WebSocket. */
  | { readonly type: 'upgrade-request' }
  /** The accepting process's answer to it. */
  | { readonly type: 'upgrade-response' }
  /** A WebSocket data frame. */
  | { readonly type: 'data'; readonly bytes: Uint8Array }
  /** A WebSocket close frame. */
  | { readonly type: 'close-frame'; readonly code: number }
  /** The connection ended: the other kernel closed or reset it, or ours gave up retransmitting. */
  | { readonly type: 'end' }

/** What a process finds when it reads a socket. */
export type Arrival =
  | Segment
  /** On the accepting side: the kernel has completed the TCP handshake. */
  | { readonly type: 'accepted' }
  /** On the dialing side: the same. */
  | { readonly type: 'connected' }
  /** On the dialing side: nothing listens there, or there is no such host. */
  | { readonly type: 'refused' }
  | { readonly type: 'unreachable' }
