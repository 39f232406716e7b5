// Memory and traffic: whatever goes wrong, no member runs away.
import { type CheckFactory, InvariantError } from '../check.ts'
import type { ProcessTotals } from '../sim-process.ts'

/** Frames one member may send in one second of turmoil, for each other member. */
const FRAMES_PER_PEER = 60
/** Wake-ups in any second. */
const WAKES = 400

/** Looks at what each member has done in each second. */
export const traffic: CheckFactory = (simulation) => {
  const before = new Map<object, ProcessTotals>()
  return {
    second() {
      const peers = Math.max(simulation.live().length, 4)
      for (const member of simulation.live()) {
        const { totals, sockets } = member.process
        const last = before.get(member) ?? { dials: 0, frames: 0, bytes: 0, wakes: 0, inputs: 0 }
        before.set(member, { ...totals })
        const over = (text: string): never => {
          throw new InvariantError('traffic', simulation.clock.now, `${member.label} ${text}`, [member.label])
        }
        const frames = totals.frames - last.frames
        if (frames > FRAMES_PER_PEER * peers) over(`sent ${frames} frames in a second`)
        if (totals.wakes - last.wakes > WAKES) over(`woke ${totals.wakes - last.wakes} times in a second`)
        if (sockets > simulation.bounds.sockets) over(`holds ${sockets} connections`)
      }
    },
  }
}
