// Hashes over names and facts, the same in every process. Sums of them are order-free, so that a whole view is
// hashed by adding and removing single facts. They detect difference; they protect nothing.
import type { ViewHash } from './message.ts'

const BASIS = 0x811c9dc5

/** FNV-1a over code units, so far. */
function add(h: number, text: string): number {
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return h
}

/** A final mix (MurmurHash3's), so that sums of similar texts do not cancel out. */
function finish(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** The beginning of a hash, for texts that begin alike; `hashAfter` ends it. */
export function hashStart(text: string): number {
  return add(BASIS, text)
}

/** 32 bits of a text that was begun with `hashStart`; ranks observers of a member. */
export function hashAfter(start: number, text: string): number {
  return finish(add(start, text))
}

/** 64 bits of a text, as two halves. */
export function hash64(text: string): ViewHash {
  return { high: finish(add(BASIS, text)), low: finish(add(0x2f0b4a77, text)) }
}

export const zeroHash: ViewHash = { high: 0, low: 0 }

export function addHash(a: ViewHash, b: ViewHash): ViewHash {
  return { high: (a.high + b.high) >>> 0, low: (a.low + b.low) >>> 0 }
}

export function subtractHash(a: ViewHash, b: ViewHash): ViewHash {
  return { high: (a.high - b.high) >>> 0, low: (a.low - b.low) >>> 0 }
}

export function equalHash(a: ViewHash, b: ViewHash): boolean {
  return a.high === b.high && a.low === b.low
}

export function hashToHex(hash: ViewHash): string {
  return hash.high.toString(16).padStart(8, '0') + hash.low.toString(16).padStart(8, '0')
}
