// What shapes a placement beside the list itself, and the checks of both.
import { nobody, type Placed } from './assignment.ts'
import { RingError, shown } from './errors.ts'
import type { RingMember } from './member.ts'

/** Options of `place`. They must be the same on all members, and what the functions return too. */
export interface PlaceOptions<M extends RingMember = RingMember> {
  /**
   * How much a member takes in proportion to others: 0 (owns nothing) or from 1e-6 to 1e15. Default, and where it
   * returns undefined, 1. Take it from what all members see alike, such as `metadata`.
   */
  readonly weight?: (member: M) => number | undefined
  /**
   * The zone a member is in: owners of one key are in different zones where possible. Default, and where it returns
   * undefined, '', which stands for unknown: all such members are taken to be in one zone.
   */
  readonly zone?: (member: M) => string | undefined
  /**
   * How many times its fair share a member may hold at most, in partitions: from 1 (even loads, more keys move) to
   * `Infinity` (no bound, the fewest keys move). Default 1.1.
   */
  readonly maxLoad?: number
}

export const defaultMaxLoad = 1.1
const optionNames = ['weight', 'zone', 'maxLoad']
const minWeight = 1e-6
const maxWeight = 1e15

/** Throws `ERR_ROLLCALL_INVALID_OPTION` for a wrong option. */
export function checkOptions<M extends RingMember>(options: PlaceOptions<M>): void {
  if (typeof options !== 'object' || options === null) throw new RingError('options', 'an object', options)
  for (const [key, value] of Object.entries(options)) {
    if (!optionNames.includes(key)) {
      throw new RingError(key, `an option of place (${optionNames.join(', ')})`, value)
    }
  }
  const { weight, zone, maxLoad } = options
  if (weight !== undefined && typeof weight !== 'function')
    throw new RingError('weight', 'a function', weight)
  if (zone !== undefined && typeof zone !== 'function') throw new RingError('zone', 'a function', zone)
  if (maxLoad !== undefined && !(typeof maxLoad === 'number' && maxLoad >= 1)) {
    throw new RingError('maxLoad', 'a number of at least 1, or Infinity', maxLoad)
  }
}

/** One member for each name, sorted by name; of two lives the later. Throws `ERR_ROLLCALL_INVALID_OPTION`. */
export function sortedMembers<M extends RingMember>(members: readonly M[]): M[] {
  if (!Array.isArray(members)) throw new RingError('members', 'an array of members', members)
  const byName = new Map<string, M>()
  members.forEach((member: M, i) => {
    if (typeof member !== 'object' || member === null)
      throw new RingError(`members[${i}]`, 'a member', member)
    const { name } = member
    if (typeof name !== 'string' || name === '') {
      throw new RingError(`members[${i}].name`, 'a string that is not empty', name)
    }
    const other = byName.get(name)
    if (other === undefined || isLater(member, other, i)) byName.set(name, member)
  })
  if (byName.size >= nobody) throw new RingError('members', `fewer than ${nobody} members`, members)
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

function isLater(member: RingMember, other: RingMember, i: number): boolean {
  const [a, b] = [member.generation, other.generation]
  if (typeof a === 'number' && typeof b === 'number' && a !== b) return a > b
  throw new RingError(
    `members[${i}].name`,
    'each name once, or lives with different generations',
    member.name,
  )
}

/** The member as it is placed. Throws `ERR_ROLLCALL_INVALID_OPTION` for what a function of the options must not return. */
export function placedMember<M extends RingMember>(member: M, options: PlaceOptions<M>): Placed {
  const weight = options.weight?.(member) ?? 1
  if (typeof weight !== 'number' || !(weight === 0 || (weight >= minWeight && weight <= maxWeight))) {
    const expected = `0, or a number from ${minWeight} to ${maxWeight}, for member ${shown(member.name)}`
    throw new RingError('weight', expected, weight)
  }
  const zone = options.zone?.(member) ?? ''
  if (typeof zone !== 'string') throw new RingError('zone', `a string for member ${shown(member.name)}`, zone)
  return { name: member.name, weight, zone }
}
