// Duplicate names: of two processes with one name only the older life stops, and for the newer one only.
import { compareLives } from '@rollcall/membership/internal'
import { type CheckFactory, InvariantError } from '../check.ts'
import { findLife } from '../truth.ts'

/** Looks at whoever says that it is superseded. That one is left in the end, agreement sees to. */
export const superseded: CheckFactory = (simulation) => ({
  event(observer, event) {
    if (event.type !== 'superseded') return
    const fail = (text: string): never => {
      const { label, name } = observer
      throw new InvariantError('superseded', simulation.clock.now, `${label} ${text}`, [label, name])
    }
    const by = findLife(simulation, event.by)
    if (!by || by.cluster !== observer.cluster) fail('is superseded by a life that never was')
    if (compareLives(event.by, observer.life) <= 0) fail('is superseded by an older life')
  },
})
