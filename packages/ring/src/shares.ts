// How many partitions each member should hold when each has so many owners, and how many it may hold at most.
import { partitionCount } from './partition.ts'

/** What a share depends on: weights and zones of the members, in the same order. */
export interface Shape {
  readonly weights: readonly number[]
  /** Number of each member's zone, from 0. */
  readonly zoneOf: readonly number[]
  readonly zoneCount: number
}

/**
 * The fair number of partitions of each member, as a fraction: in proportion to the weights, but nobody holds more than
 * all partitions, and a zone no more copies of each than the even spread over zones gives it.
 */
export function fairShares({ weights, zoneOf, zoneCount }: Shape, owners: number): number[] {
  const zones = Array.from({ length: zoneCount }, () => [] as number[])
  for (const [member, zone] of zoneOf.entries()) zones[zone]?.push(member)
  const copies = copiesPerZone(zones, weights, owners)
  const shares = new Array<number>(weights.length).fill(0)
  zones.forEach((members, zone) => {
    const filled = fill(
      members.map((member) => weights[member] ?? 0),
      members.map(() => 1),
      copies[zone] ?? 0,
    )
    members.forEach((member, i) => {
      shares[member] = (filled[i] ?? 0) * partitionCount
    })
  })
  return shares
}

/** Mean number of owners that a partition has in each zone: whole rounds over the zones, and the rest by weight. */
function copiesPerZone(
  zones: readonly (readonly number[])[],
  weights: readonly number[],
  owners: number,
): number[] {
  const copies = zones.map(() => 0)
  for (let left = owners; left > 0; ) {
    const open = zones.map((members, zone) => members.length > (copies[zone] ?? 0))
    const openZones = open.filter(Boolean).length
    if (openZones === 0) break
    const round = Math.min(left, openZones)
    const zoneWeights = zones.map((members, zone) =>
      open[zone] ? members.reduce((sum, member) => sum + (weights[member] ?? 0), 0) : 0,
    )
    const limits = open.map((isOpen) => (isOpen ? 1 : 0))
    fill(zoneWeights, limits, round).forEach((amount, zone) => {
      copies[zone] = (copies[zone] ?? 0) + amount
    })
    left -= round
  }
  return copies
}

/** Pours `amount` into vessels in proportion to their weights; what does not fit into the full ones goes to the others. */
function fill(weights: readonly number[], limits: readonly number[], amount: number): number[] {
  const filled = weights.map(() => 0)
  const isFull = limits.map((limit, i) => limit === 0 || weights[i] === 0)
  for (let left = amount; ; ) {
    const open = weights.reduce((sum, weight, i) => (isFull[i] ? sum : sum + weight), 0)
    if (open === 0) return filled
    const over = weights.findIndex((weight, i) => !isFull[i] && (left * weight) / open >= (limits[i] ?? 0))
    if (over < 0) {
      return weights.map((weight, i) => (isFull[i] ? (filled[i] ?? 0) : (left * weight) / open))
    }
    filled[over] = limits[over] ?? 0
    isFull[over] = true
    left -= filled[over] ?? 0
  }
}

/** The bound: `maxLoad` times the fair share, in whole partitions, and never so low that the last finds no place. */
export function boundOf(share: number, maxLoad: number): number {
  return Math.min(partitionCount, Math.max(Math.ceil(share), Math.floor(share * maxLoad)))
}
