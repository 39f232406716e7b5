// The member that has been here for longest: a hint for duties that one member should have, and no lock.
import type { Member, View } from './member.ts'

/**
 * The longest-lived member of a view, by generation (the start time by its own clock), then name, then instance; a hint
 * for who may do what only one should. Alive and suspect members count, so a pause of a second moves no duty; leaving
 * ones do not, so a duty moves before its holder goes. Undefined when every member that is present is leaving.
 *
 * It is no lock: two members may each take themselves for the oldest while their views differ, for milliseconds at any
 * change and for the whole of a partition. A member whose clock is behind may come as the oldest.
 */
export function oldest<M>(view: Pick<View<M>, 'members'>): Member<M> | undefined {
  let first: Member<M> | undefined
  for (const member of view.members) {
    const isPresent = member.state === 'alive' || member.state === 'suspect'
    if (isPresent && !member.leaving && (first === undefined || isOlder(member, first))) first = member
  }
  return first
}

function isOlder(a: Member, b: Member): boolean {
  if (a.generation !== b.generation) return a.generation < b.generation
  return a.name === b.name ? a.instance < b.instance : a.name < b.name
}
