// SWIM as first published, so that what our rules add can be measured: fixed timeouts instead of local health, one
// suspicion time instead of confirmations, real time instead of lived time, verdicts before sockets are read, and no probes
// of helpers that say nothing.
import type { ProtocolOptions } from './options.ts'

/** The options under which a suspicion takes as long with one observer as with many, and every stall counts in full. */
export function plainSwim(options: ProtocolOptions): ProtocolOptions {
  return {
    ...options,
    failUnconfirmedAfterMs: options.failAfterMs,
    maxLivedStepMs: Number.POSITIVE_INFINITY,
  }
}
