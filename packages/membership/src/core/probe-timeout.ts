// How long an answer to a ping is waited for: what the link has taken of late, stretched by local health.
import type { Millis } from './identity.ts'
import type { Link } from './link-table.ts'
import type { LocalHealth } from './local-health.ts'
import type { ProtocolOptions } from './options.ts'
import type { AckDelay } from './round-trip.ts'

/** Local health stretches an ack timeout to at most this many times the longest. */
const MAX_STRETCH = 3

export interface ProbeTimeoutParts {
  readonly ackDelay: AckDelay
  readonly health: LocalHealth
  readonly options: ProtocolOptions
}

/** How long to wait for an ack on a link, as things stand. */
export function probeTimeoutMs({ ackDelay, health, options }: ProbeTimeoutParts, link: Link): Millis {
  const { minProbeTimeoutMs, maxProbeTimeoutMs } = options
  const timeoutMs = ackDelay.timeoutMs(link.roundTrip, minProbeTimeoutMs, maxProbeTimeoutMs)
  return Math.min(timeoutMs * health.patience, MAX_STRETCH * maxProbeTimeoutMs)
}
