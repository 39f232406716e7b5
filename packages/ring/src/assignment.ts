// Who owns each partition: the table behind a placement. A pure function of names, weights, zones and the bound.
import { partitionCount } from './partition.ts'
import { costOf, draw, seedOf } from './score.ts'
import { boundOf, fairShares, type Shape } from './shares.ts'

/** No owner: there are fewer members than owners asked for. */
export const nobody = 0xffff

/** Steps in which the weight of the open members is told apart: coarse enough to forget rounding. */
const maxChoice = 0xffff

/** A member as it is placed. */
export interface Placed {
  readonly name: string
  /** Greater than 0. */
  readonly weight: number
  /** Empty: unknown. All without a zone are taken to be in one. */
  readonly zone: string
}

/** The owners of every partition, rank by rank; a rank is worked out when it is first asked for, and kept. */
export class Assignment {
  readonly #shape: Shape
  readonly #maxLoad: number
  readonly #offsets: Int32Array
  readonly #steps: Int32Array
  readonly #inverseWeights: Float64Array
  readonly #isUniform: boolean
  readonly #zoneSizes: Uint16Array
  readonly #zoneWeights: Float64Array
  /** Owners that the partition at hand has in each zone so far, and the number that an open zone has. */
  readonly #zoneUse: Uint16Array
  #fewestInZone = 0
  /** By rank: the member that owns each partition. */
  readonly #ranks: Uint16Array[] = []
  /** Partitions that each member holds in the ranks worked out so far. */
  readonly #loads: Uint16Array

  /** `placed` is sorted by name. `maxLoad`: how many times its fair share a member may hold; `Infinity`: no bound. */
  constructor(placed: readonly Placed[], maxLoad: number) {
    const zones = [...new Set(placed.map(({ zone }) => zone))]
    const weights = placed.map(({ weight }) => weight)
    const zoneOf = placed.map(({ zone }) => zones.indexOf(zone))
    this.#shape = { weights, zoneOf, zoneCount: zones.length }
    this.#maxLoad = maxLoad
    const seeds = placed.map(({ name }) => seedOf(name))
    this.#offsets = Int32Array.from(seeds, ({ offset }) => offset)
    this.#steps = Int32Array.from(seeds, ({ step }) => step)
    this.#inverseWeights = Float64Array.from(weights, (weight) => 1 / weight)
    this.#isUniform = weights.every((weight) => weight === weights[0])
    this.#zoneSizes = new Uint16Array(zones.length)
    this.#zoneWeights = new Float64Array(zones.length)
    for (const [member, zone] of zoneOf.entries()) {
      this.#zoneSizes[zone] = (this.#zoneSizes[zone] ?? 0) + 1
      this.#zoneWeights[zone] = (this.#zoneWeights[zone] ?? 0) + (weights[member] ?? 0)
    }
    this.#zoneUse = new Uint16Array(zones.length)
    this.#loads = new Uint16Array(placed.length)
  }

  /** The owners of that rank (0 is the first) of all partitions; `nobody` where there are too few members. */
  rank(rank: number): Uint16Array {
    for (let next = this.#ranks.length; next <= rank; next++) this.#ranks.push(this.#workOut(next))
    return this.#ranks[rank] as Uint16Array
  }

  #workOut(rank: number): Uint16Array {
    const { weights } = this.#shape
    const owners = new Uint16Array(partitionCount).fill(nobody)
    if (rank >= weights.length) return owners
    const shares = fairShares(this.#shape, rank + 1)
    const bounds = Uint16Array.from(shares, (share) => boundOf(share, this.#maxLoad))
    for (const partition of this.#order(rank)) {
      this.#closeZones(partition, rank)
      let owner = this.#cheapest(bounds, partition, rank)
      // All that are left are at their bound. A copy, and one in another zone, is worth more than an even load.
      if (owner === nobody) owner = this.#leastLoaded(shares, partition, rank)
      owners[partition] = owner
      this.#loads[owner] = (this.#loads[owner] ?? 0) + 1
    }
    return owners
  }

  /**
   * Partitions with the least choice come first, while there is room for them: those that already have an owner in the
   * largest zone, or the heaviest member.
   */
  #order(rank: number): Uint32Array {
    const total = this.#shape.weights.reduce((sum, weight) => sum + weight, 0)
    const order = Uint32Array.from({ length: partitionCount }, (_, partition) => {
      if (rank === 0) return partition
      this.#closeZones(partition, rank)
      return Math.round((this.#openWeight(partition, rank) / total) * maxChoice) * partitionCount + partition
    })
    return order.sort().map((key) => key % partitionCount)
  }

  /** Weight of the members that may be the next owner. */
  #openWeight(partition: number, rank: number): number {
    const { weights, zoneOf } = this.#shape
    let weight = 0
    for (let zone = 0; zone < this.#zoneWeights.length; zone++) {
      if (this.#zoneUse[zone] === this.#fewestInZone) weight += this.#zoneWeights[zone] ?? 0
    }
    for (let i = 0; i < rank; i++) {
      const owner = this.#ownerAt(i, partition)
      if (this.#zoneUse[zoneOf[owner] ?? 0] === this.#fewestInZone) weight -= weights[owner] ?? 0
    }
    return Math.max(0, weight)
  }

  /** Leaves open the zones that have the fewest owners of the partition so far, among those with a member to spare. */
  #closeZones(partition: number, rank: number): void {
    const sizes = this.#zoneSizes
    const used = this.#zoneUse
    used.fill(0)
    for (let i = 0; i < rank; i++) {
      const zone = this.#shape.zoneOf[this.#ownerAt(i, partition)] ?? 0
      used[zone] = (used[zone] ?? 0) + 1
    }
    let fewest = rank
    for (let zone = 0; zone < sizes.length; zone++) {
      const count = used[zone] ?? 0
      if (count < fewest && count < (sizes[zone] ?? 0)) fewest = count
    }
    this.#fewestInZone = fewest
  }

  #ownerAt(rank: number, partition: number): number {
    return this.#ranks[rank]?.[partition] ?? nobody
  }

  /** Whether the member may be the next owner: not one yet, and in an open zone. */
  #isFree(member: number, partition: number, rank: number): boolean {
    if (rank === 0) return true
    if (this.#zoneUse[this.#shape.zoneOf[member] ?? 0] !== this.#fewestInZone) return false
    for (let i = 0; i < rank; i++) if (this.#ownerAt(i, partition) === member) return false
    return true
  }

  /** The hot loop: run for each pair of partition and member, so what is cheap and rules out most comes first. */
  #cheapest(bounds: Uint16Array, partition: number, rank: number): number {
    const offsets = this.#offsets
    const steps = this.#steps
    const inverseWeights = this.#inverseWeights
    const isUniform = this.#isUniform
    // A local: what compiles imports to look-ups (test runners, some bundlers) would make it several times slower.
    const drawFor = draw
    const count = offsets.length
    let best = nobody
    let bestCost = Number.POSITIVE_INFINITY
    for (let i = 0; i < count; i++) {
      const drawn = drawFor(offsets[i] as number, steps[i] as number, partition)
      const inverse = inverseWeights[i] as number
      if (drawn * inverse >= bestCost) continue
      // With equal weights what is drawn sorts as its logarithm does.
      const cost = (isUniform ? drawn : costOf(drawn)) * inverse
      if (cost >= bestCost) continue
      if ((this.#loads[i] as number) >= (bounds[i] as number) || !this.#isFree(i, partition, rank)) continue
      bestCost = cost
      best = i
    }
    return best
  }

  #leastLoaded(shares: readonly number[], partition: number, rank: number): number {
    let best = nobody
    let bestLoad = Number.POSITIVE_INFINITY
    for (const [i, share] of shares.entries()) {
      const load = ((this.#loads[i] ?? 0) + 1) / share
      if (load >= bestLoad || !this.#isFree(i, partition, rank)) continue
      bestLoad = load
      best = i
    }
    return best
  }
}
