// The core and the codec as they run in production.
import { createCore, decodeFrame, encodeFrames } from '@rollcall/membership/internal'
import type { SimulationOptions } from './simulation-options.ts'

/** What a simulation of the real protocol is made of. */
export const realParts: Pick<SimulationOptions, 'createCore' | 'codec'> = {
  createCore,
  codec: { encodeFrames, decodeFrame },
}
