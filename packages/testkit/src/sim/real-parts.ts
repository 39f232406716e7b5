// The core, the codec and the sessions as they run in production.
import { createCore, decodeFrame, encodeFrames, Sessions } from '@rollcall/membership/internal'
import type { RunParts } from './mixed-run.ts'

/** What a simulation of the real protocol is made of. */
export const realParts: Pick<RunParts, 'createCore' | 'codec' | 'createSessions'> = {
  createCore,
  codec: { encodeFrames, decodeFrame },
  createSessions: (options) => new Sessions(options),
}
