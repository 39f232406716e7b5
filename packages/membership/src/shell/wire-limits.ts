// The size limits of protocol version 1. They hold for every frame, whoever sends it, and bound what one frame can
// make us allocate.

/** Limits on frames and on the fields inside. */
export const wireLimits = {
  /** Longest frame, in bytes; also the `maxPayload` of every WebSocket. */
  frameBytes: 1024 * 1024,
  /** Longest member name, and longest cluster id, in UTF-8 bytes. */
  nameBytes: 253,
  /** Longest instance id, in UTF-8 bytes. */
  instanceBytes: 64,
  /** Most ids of clusters in a hello, beside the first. */
  clusterIds: 8,
  /** Most addresses of one member. */
  addresses: 16,
  /** Longest encoded metadata of one member, in bytes. */
  metadataBytes: 64 * 1024,
  /** Highest incarnation. */
  incarnation: 2 ** 40,
  /** Most facts in one frame that carries updates. */
  updates: 4096,
  /** Most facts in a digest, and most names asked for at once. */
  digestFacts: 8192,
  /** Most lives in a veto. */
  vetoes: 1024,
  /** Most names in a list of exceptions. */
  exceptions: 32,
  /** Deepest nesting of arrays in a frame. */
  frameDepth: 8,
  /** Most values in a frame, of any type. */
  frameValues: 200_000,
} as const

/** Most bytes that wait in one link's send buffers before its receiver counts as too slow and is cut off. */
export const MAX_BUFFERED_BYTES: number = 4 * 1024 * 1024
