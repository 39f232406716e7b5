// A placement: which members own which key, for one list of members.
import { Assignment, nobody, type Placed } from './assignment.ts'
import { RingError } from './errors.ts'
import type { Owner, RingMember } from './member.ts'
import { checkOptions, defaultMaxLoad, type PlaceOptions, placedMember, sortedMembers } from './options.ts'
import { type Key, partitionCount, partitionOf } from './partition.ts'
import { placementId } from './placement-id.ts'

/** The most owners that can be asked for. */
const maxOwners = 16

/** Who owns a key. One object for all keys of a partition: copy `owners` before you sort it. */
export interface Answer<M extends RingMember = RingMember> {
  /** Which placement says so: send it along with a forwarded request, so that the receiver sees a disagreement. */
  readonly placementId: string
  /** The key's partition. */
  readonly partition: number
  /** The first owner first; as many as were asked for, or all members if those are fewer. */
  readonly owners: readonly Owner<M>[]
}

/** Which members own which key. Immutable; made by `place`. */
export class Placement<M extends RingMember = RingMember> {
  /**
   * Equal where the same names, weights, zones and bound are placed, in whatever order the lists were: on every member,
   * Node version and processor. Suspicion, leaving and generations are not part of it.
   */
  readonly id: string
  /** Those that can own keys, sorted by name: all of the list, except members of weight 0. */
  readonly members: readonly Owner<M>[]
  readonly #options: PlaceOptions<M>
  readonly #assignment: Assignment
  readonly #byName: ReadonlyMap<string, Owner<M>>
  /** By number of owners, then by partition; filled as they are asked for. */
  readonly #answers: (Answer<M> | undefined)[][] = []

  /** Use `place`. */
  constructor(members: readonly M[], options: PlaceOptions<M>, previous?: Placement<M>) {
    const owners: Owner<M>[] = []
    const placed: Placed[] = []
    for (const member of sortedMembers(members)) {
      const as = placedMember(member, options)
      if (as.weight === 0) continue
      placed.push(as)
      owners.push(ownerOf(member))
    }
    const { maxLoad = defaultMaxLoad } = options
    this.id = placementId(placed, maxLoad)
    this.members = owners
    this.#options = options
    this.#byName = new Map(owners.map((owner) => [owner.name, owner]))
    this.#assignment = previous?.id === this.id ? previous.#assignment : new Assignment(placed, maxLoad)
  }

  /**
   * The owners of a key, the first owner first. `n`: how many, from 1 to 16; fewer members give fewer owners. The
   * first owners stay the same when more are asked for.
   *
   * @throws RingError if `key` is neither a string nor a Uint8Array, or `n` is out of range.
   */
  owners(key: Key, n: number): Answer<M> {
    return this.ownersOf(partitionOf(key), n)
  }

  /** The same for all keys of a partition. Throws `RingError` if there is no such partition, or `n` is out of range. */
  ownersOf(partition: number, n: number): Answer<M> {
    // A text would find an answer too, once its number had been asked for.
    const areNumbers = typeof n === 'number' && typeof partition === 'number'
    return (areNumbers && this.#answers[n]?.[partition]) || this.#answer(partition, n)
  }

  /** Whether that member is among the first `n` owners of the key. Throws like `owners`. */
  owns(name: string, key: Key, n: number): boolean {
    return this.owners(key, n).owners.some((owner) => owner.name === name)
  }

  /** The partitions of which that member is among the first `n` owners, ascending. Throws `RingError` as `owners` does. */
  partitionsOf(name: string, n: number): number[] {
    const partitions: number[] = []
    for (let partition = 0; partition < partitionCount; partition++) {
      if (this.ownersOf(partition, n).owners.some((owner) => owner.name === name)) partitions.push(partition)
    }
    return partitions
  }

  /** The present member of that name, if it can own keys. */
  owner(name: string): Owner<M> | undefined {
    return this.#byName.get(name)
  }

  /**
   * A placement of other members with the same options. Costs little when the id stays the same, as on a suspicion.
   *
   * @throws RingError for a wrong member, or a wrong weight or zone.
   */
  with(members: readonly M[]): Placement<M> {
    return new Placement(members, this.#options, this)
  }

  #answer(partition: number, n: number): Answer<M> {
    if (!Number.isInteger(partition) || partition < 0 || partition >= partitionCount) {
      throw new RingError('partition', `a whole number from 0 to ${partitionCount - 1}`, partition)
    }
    if (!Number.isInteger(n) || n < 1 || n > maxOwners) {
      throw new RingError('n', `a whole number from 1 to ${maxOwners}`, n)
    }
    const owners: Owner<M>[] = []
    for (let rank = 0; rank < n; rank++) {
      const owner = this.members[this.#assignment.rank(rank)[partition] ?? nobody]
      if (owner !== undefined) owners.push(owner)
    }
    // Not frozen: V8 reads frozen arrays many times slower.
    const answer = { placementId: this.id, partition, owners }
    this.#answers[n] ??= new Array<undefined>(partitionCount)
    this.#answers[n][partition] = answer
    return answer
  }
}

function ownerOf<M extends RingMember>(member: M): Owner<M> {
  const { name, state, leaving = false } = member
  return Object.freeze({ name, member, suspect: state === 'suspect', leaving })
}

/**
 * Places exactly these members: who is in the list owns keys, whatever its state. Mostly the list is
 * `placementMembers(cluster.view)`. Nothing is worked out before the first question about so many owners.
 *
 * @throws RingError for a wrong member or option, or a wrong weight or zone.
 */
export function place<M extends RingMember>(
  members: readonly M[],
  options: PlaceOptions<M> = {},
): Placement<M> {
  checkOptions(options)
  return new Placement(members, { ...options })
}
