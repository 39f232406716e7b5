// What changes hands between two placements: the work list of a handover.
import { RingError } from './errors.ts'
import type { Owner, RingMember } from './member.ts'
import { partitionCount } from './partition.ts'
import { Placement } from './placement.ts'

/** A partition that changes hands. Owners are compared by name and generation: a restarted member holds nothing yet. */
export interface Move<M extends RingMember = RingMember> {
  /** From 0 to `partitionCount` - 1. */
  readonly partition: number
  /** Owners after that were none before. */
  readonly gainedBy: readonly Owner<M>[]
  /** Owners before that are none after, as they were before. */
  readonly lostBy: readonly Owner<M>[]
  /**
   * Where the partition can be had: owners before that are still members, as they are now, first owner first. Empty if
   * all its owners are gone, or there were none.
   */
  readonly sources: readonly Owner<M>[]
}

/** What one member gained and lost: moves by partition, ascending. */
export interface MemberDiff<M extends RingMember = RingMember> {
  /** What it owns after, and did not before. */
  readonly gained: readonly Move<M>[]
  /** What it owned before, and does not after. */
  readonly lost: readonly Move<M>[]
}

/** What changes hands between two placements. */
export interface PlacementDiff<M extends RingMember = RingMember> {
  /** All partitions whose owners differ, ascending. */
  readonly moves: readonly Move<M>[]
  /** Names of all that gained or lost something, sorted. */
  readonly names: readonly string[]
  /** What the member of that name gained and lost; nothing if it is not among `names`. */
  of(name: string): MemberDiff<M>
}

/**
 * What every member gained and lost from `before` to `after`, when each key has `n` owners. An order of owners that
 * changes is no move.
 *
 * @throws RingError if one is not a placement, or `n` is not from 1 to 16.
 */
export function diff<M extends RingMember>(
  before: Placement<M>,
  after: Placement<M>,
  n: number,
): PlacementDiff<M> {
  for (const [argument, value] of Object.entries({ before, after })) {
    if (!(value instanceof Placement)) throw new RingError(argument, 'a placement made by place', value)
  }
  const moves: Move<M>[] = []
  for (let partition = 0; partition < partitionCount; partition++) {
    const move = moveOf(before.ownersOf(partition, n).owners, after.ownersOf(partition, n).owners, after)
    if (move !== undefined) moves.push({ partition, ...move })
  }
  const byName = groupByName(moves)
  return {
    moves,
    names: [...byName.keys()].sort(),
    of: (name) => byName.get(name) ?? { gained: [], lost: [] },
  }
}

function moveOf<M extends RingMember>(
  old: readonly Owner<M>[],
  now: readonly Owner<M>[],
  after: Placement<M>,
): Omit<Move<M>, 'partition'> | undefined {
  const gainedBy = now.filter((owner) => !includes(old, owner))
  const lostBy = old.filter((owner) => !includes(now, owner))
  if (gainedBy.length === 0 && lostBy.length === 0) return undefined
  const sources: Owner<M>[] = []
  for (const owner of old) {
    const present = after.owner(owner.name)
    if (present !== undefined && isSameLife(owner, present)) sources.push(present)
  }
  return { gainedBy, lostBy, sources }
}

function includes(owners: readonly Owner[], owner: Owner): boolean {
  return owners.some((other) => isSameLife(other, owner))
}

function isSameLife(a: Owner, b: Owner): boolean {
  return a.name === b.name && a.member.generation === b.member.generation
}

function groupByName<M extends RingMember>(moves: readonly Move<M>[]) {
  const byName = new Map<string, { gained: Move<M>[]; lost: Move<M>[] }>()
  const group = (name: string) => {
    const known = byName.get(name) ?? { gained: [], lost: [] }
    byName.set(name, known)
    return known
  }
  for (const move of moves) {
    for (const { name } of move.gainedBy) group(name).gained.push(move)
    for (const { name } of move.lostBy) group(name).lost.push(move)
  }
  return byName
}
