// How much a partition wants a member: weighted rendezvous hashing. The member with the lowest cost wins, so a member
// that comes takes partitions from all others in proportion, and one that goes gives to all others in proportion.
//
// Thaler and Ravishankar, Using name-based mappings to increase hit rates (1998); with weights: Resch, New hashing
// algorithms for data storage (2015). Integers and the four basic operations only: Math.log may differ by processor.
import { createHash } from 'node:crypto'

const range = 4_294_967_296

/** Two numbers from a name that stand for it in all scores. */
export interface Seed {
  readonly offset: number
  readonly step: number
}

/** The seed of a name; each bit depends on all of the name. */
export function seedOf(name: string): Seed {
  const digest = createHash('sha256').update(name, 'utf8').digest()
  return { offset: digest.readInt32LE(0), step: digest.readInt32LE(4) | 1 }
}

/**
 * A whole number from 0 to 2^32 - 1 drawn from a member's seed and a partition: uniform, and independent of that of
 * other members. The finalizer of MurmurHash3 (Appleby, public domain) mixes the bits.
 */
export function draw(offset: number, step: number, partition: number): number {
  let h = offset ^ Math.imul(partition, step)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/**
 * The cost of a member of weight 1 for what it has drawn: -ln(1 - drawn / 2^32) in units of 2^-32, so exponentially
 * distributed. Never less than `drawn`, and sorted like it. Exact to about 6 digits, and the same to the last
 * bit everywhere.
 */
export function costOf(drawn: number): number {
  if (drawn === 0) return 0
  // 1 - drawn / 2^32 = mantissa / 2^shift with a mantissa in [1/2, 1), and ln(m) = 2 artanh((m - 1) / (m + 1)).
  const rest = range - drawn
  const shift = Math.clz32(rest)
  const mantissa = ((rest << shift) >>> 0) / range
  const z = (mantissa - 1) / (mantissa + 1)
  const zz = z * z
  const artanh = z * (1 + zz * (1 / 3 + zz * (1 / 5 + zz * (1 / 7 + zz * (1 / 9 + zz * (1 / 11))))))
  return Math.max(drawn, (shift * Math.LN2 - 2 * artanh) * range)
}
