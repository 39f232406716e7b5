// From a key to its partition: the part of the key space that is placed, moved and handed over as one.
import { crc32 } from 'node:zlib'
import { RingError } from './errors.ts'

/** Partitions of the key space: a fixed number, so that a key's partition never changes. */
export const partitionCount = 16_384
const partitionBits = 14

/** A key: text is hashed as UTF-8, so it has the partition of its bytes. */
export type Key = string | Uint8Array

/**
 * The partition of a key, from 0 to `partitionCount` - 1: the same for ever, everywhere. Keep it beside the key, to find
 * the keys of a partition again when it is handed over.
 *
 * @throws RingError if `key` is neither a string nor a Uint8Array.
 */
export function partitionOf(key: Key): number {
  if (typeof key !== 'string' && !(key instanceof Uint8Array)) {
    throw new RingError('key', 'a string or a Uint8Array', key)
  }
  // CRC-32 alone is linear: keys that differ in few bits may miss some partitions for good. Multiplying by 2^32 / φ
  // and keeping the high bits (Knuth, The Art of Computer Programming 3, 6.4) ends that.
  return Math.imul(crc32(key), 0x9e3779b1) >>> (32 - partitionBits)
}
