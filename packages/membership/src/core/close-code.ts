// Why a link is closed on purpose: the WebSocket close codes of protocol version 1 (the private range, RFC 6455
// section 7.4.2). A close with any of these is never evidence that a member died.

/** Close codes, by what happened. */
export const CloseCode = {
  /** The closing member left the cluster or was stopped. */
  left: 4000,
  /** A second link to the same peer lost the tie-break. */
  duplicate: 4001,
  /** The hello named another cluster. */
  wrongCluster: 4002,
  /** No protocol version in common. */
  wrongVersion: 4003,
  /** A frame did not decode, had the wrong shape, or was text. */
  badFrame: 4004,
  /** A frame or a field broke a size limit. */
  tooLarge: 4005,
  /** No hello within its time. */
  helloTimeout: 4006,
  /** The hello named a member other than the one meant to be reached. */
  notMeant: 4007,
  /** The dialer reached itself. */
  self: 4008,
  /** A newer life of the same name is known. */
  staleLife: 4009,
  /** The link stayed silent while its twin answered. */
  silent: 4010,
  /** The key or certificate that the link was made with counts no more, and no other link came in its place. */
  outdated: 4011,
  /** The receiver took frames too slowly; the sender's buffer reached its bound. */
  slow: 4012,
  /** The view has as many members as it may have. */
  full: 4013,
  /** The peer did not prove to be who it says: by no token, or one that was not accepted, or a certificate of another name. */
  unverified: 4014,
} as const

/** One of the codes above. */
export type CloseCodeValue = (typeof CloseCode)[keyof typeof CloseCode]
