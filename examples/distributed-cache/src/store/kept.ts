// Values as they are kept. A short one is a text of Latin-1, one character for each byte: that takes 16 bytes beside its contents,
// where a Uint8Array takes some 200, and more time to be made and collected.
import { copyBytes, copyText } from '../copy-bytes.ts'

/** Longer ones are bytes: V8 has those outside of its heap. */
const SHORT_BYTES = 64

/** Bytes of a value. A text has no character above U+00FF. */
export type Kept = string | Uint8Array

/** A copy of its own: a slice would keep the whole chunk it came in. */
export function keep(bytes: Uint8Array): Kept {
  if (bytes.length <= SHORT_BYTES) return asBuffer(bytes).toString('latin1')
  const own = Buffer.allocUnsafeSlow(bytes.length)
  copyBytes(bytes, own, 0)
  return own
}

/** What is not to be written to; no part of something larger. */
export function bytesOf(kept: Kept): Uint8Array {
  if (typeof kept !== 'string') return kept
  const bytes = Buffer.allocUnsafeSlow(kept.length)
  copyText(kept, bytes, 0)
  return bytes
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
