// View hash: what a member sends with its pings is the hash of docs/protocol.md over its view, in which a suspect counts
// as present. Else members that agree would compare whole views for nothing, whenever one is suspected.
import {
  addHash,
  type CoreView,
  equalHash,
  hash64,
  isTerminal,
  zeroHash,
} from '@rollcall/membership/internal'
import { type CheckFactory, InvariantError } from '../check.ts'
import type { SimMember } from '../sim-member.ts'

/** Works the hash out for a ping that follows a suspicion. */
export const viewHash: CheckFactory = (simulation) => {
  /** Who has told a suspicion, with its latest view and when that was told. */
  const due = new Map<SimMember, { view: CoreView; at: number }>()
  return {
    event(observer, event) {
      if (event.type === 'member-suspected' || due.has(observer))
        due.set(observer, { view: event.view, at: simulation.clock.now })
    },
    sent(observer, message) {
      const told = message.type === 'ping' ? due.get(observer) : undefined
      if (message.type !== 'ping' || !told) return
      // Where the view changes within one input, a ping may have gone out before.
      if (told.at === simulation.clock.now || told.view !== observer.process.core.view) return
      due.delete(observer)
      if (equalHash(message.hash, hashOf(told.view))) return
      const text = `${observer.label} sends a hash that is not that of its view`
      throw new InvariantError('view-hash', simulation.clock.now, text, [observer.label])
    },
  }
}

function hashOf({ members }: CoreView) {
  return members
    .map(({ name, generation, instance, incarnation, state }) =>
      hash64([name, generation, instance, incarnation, isTerminal(state) ? state : 'present'].join('\0')),
    )
    .reduce(addHash, zeroHash)
}
