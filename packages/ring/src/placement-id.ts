// A short hash of everything a placement depends on.
import { createHash } from 'node:crypto'
import type { Placed } from './assignment.ts'

/** Raised when the same members would be placed otherwise: versions that place differently must not agree. */
const scheme = 1

/** 64 bits, in hex, of the names, weights, zones and the bound. `placed` is sorted by name. */
export function placementId(placed: readonly Placed[], maxLoad: number): string {
  const bound = maxLoad === Number.POSITIVE_INFINITY ? null : maxLoad
  const text = JSON.stringify([scheme, bound, placed.map(({ name, weight, zone }) => [name, weight, zone])])
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 16)
}
