// Memory and traffic: whatever goes wrong, no member runs away.
import { type CheckFactory, InvariantError } from '../check.ts'
import type { ProcessTotals } from '../process-totals.ts'

const NOTHING: ProcessTotals = { dials: 0, frames: 0, bytes: 0, wakes: 0, inputs: 0, calls: 0 }

/** Looks at what each member has done in each second. */
export const traffic: CheckFactory = (simulation) => {
  const before = new Map<object, ProcessTotals>()
  return {
    second() {
      const { bounds } = simulation
      for (const member of simulation.live()) {
        const { totals, sockets } = member.process
        const last = before.get(member) ?? NOTHING
        before.set(member, { ...totals })
        const over = (text: string): never => {
          throw new InvariantError('traffic', simulation.clock.now, `${member.label} ${text}`, [member.label])
        }
        const frames = totals.frames - last.frames
        const bytes = totals.bytes - last.bytes
        const wakes = totals.wakes - last.wakes
        const mostFrames = bounds.framesPerSecond + bounds.callFrames * (totals.calls - last.calls)
        if (frames > mostFrames) over(`sent ${frames} frames in a second`)
        // Records travel with their metadata: as if each frame carried the largest that there has been.
        if (bytes > bounds.bytesPerSecond + mostFrames * simulation.largestMetadata)
          over(`sent ${bytes} bytes in a second`)
        if (wakes > bounds.wakesPerSecond) over(`woke ${wakes} times in a second`)
        if (sockets > bounds.sockets) over(`holds ${sockets} connections`)
      }
    },
  }
}
