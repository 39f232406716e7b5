// How much of one stream may be on its way. Both ends count alike.

/** What a sender may send before its reader has read anything. */
export const STREAM_CREDIT_BYTES: number = 256 * 1024

/** A chunk counts at least so much: what is kept for one that waits does not shrink with it. */
export const MIN_CHUNK_COST = 256

/** What a chunk takes of the credit. */
export function chunkCost(chunk: Uint8Array): number {
  return Math.max(chunk.length, MIN_CHUNK_COST)
}
