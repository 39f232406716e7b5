// The members a placement is made of: any object with a name; those of a Rollcall view as they are.
import { RingError } from './errors.ts'

/** What a placement wants to know of a member. The members of a view of `@rollcall/membership` are such. */
export interface RingMember {
  /** What is placed: stays the same across restarts. */
  readonly name: string
  /** Of two members with one name, the life with the higher generation counts. */
  readonly generation?: number
  /** Default alive. */
  readonly state?: 'alive' | 'suspect' | 'failed' | 'left'
  /** It has announced that it is about to leave. Default false. */
  readonly leaving?: boolean
}

/**
 * The members that own keys: alive and suspect ones. A suspicion moves no key, since most suspects come back within
 * seconds; a leaving member stays an owner until it has left, so that it can hand over first.
 *
 * @throws RingError if it is given no view.
 */
export function placementMembers<M extends Pick<RingMember, 'state'>>(view: {
  readonly members: readonly M[]
}): M[] {
  if (!Array.isArray(view?.members)) throw new RingError('view', 'an object with an array of members', view)
  return view.members.filter(({ state = 'alive' }) => state === 'alive' || state === 'suspect')
}

/** A member as an owner of keys. */
export interface Owner<M extends RingMember = RingMember> {
  /** That of `member`. */
  readonly name: string
  /** The very object that was placed. */
  readonly member: M
  /** It is suspected: ask another replica first, if there is one. Not part of the placement's id. */
  readonly suspect: boolean
  /** It is about to leave: write to it as before, and expect it to go. Not part of the placement's id. */
  readonly leaving: boolean
}
