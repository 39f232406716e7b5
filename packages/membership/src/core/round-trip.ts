// How long to wait for an ack. What delays acks mostly passes (load at either end, a slow network) and is much the same
// on all links; but a link is probed only once in N periods, so it is learnt from the latest acks of all links together.
// What a link takes beyond that is its own distance, and lasts. So no link is mistrusted for minutes because it was
// first met in the bustle of forming, and one to another region is given its time.
import type { Millis } from './identity.ts'

/** Waits this long for an ack before any has come on any link. */
const UNMEASURED_TIMEOUT_MS = 500
/** Acks that tell of the present delay: those of about two seconds. */
const LATEST_ACKS = 8

/** What is known of the round trip on one link. */
export class RoundTrip {
  /** Smoothed round-trip time, for people; undefined before the first sample. */
  smoothedMs: Millis | undefined
  /** What acks on this link take beyond those on others: the least of late, slowly following what stays above it. */
  distanceMs: Millis | undefined
}

/** How long acks take at present, on all links of this process. */
export class AckDelay {
  /** The latest delays beyond the links' distances, oldest first. */
  readonly #latest: Millis[] = []

  /** An ack came on a link after so long. */
  sample(link: RoundTrip, tookMs: Millis): void {
    const beyondMs = Math.max(0, tookMs - (this.#presentMs ?? tookMs))
    this.#latest.push(Math.max(0, tookMs - (link.distanceMs ?? 0)))
    if (this.#latest.length > LATEST_ACKS) this.#latest.shift()
    link.smoothedMs = approach(link.smoothedMs ?? tookMs, tookMs)
    link.distanceMs = Math.min(beyondMs, approach(link.distanceMs ?? beyondMs, beyondMs))
  }

  /** How long to wait for an ack on a link. */
  timeoutMs(link: RoundTrip, minMs: Millis, maxMs: Millis): Millis {
    const presentMs = this.#presentMs
    const expectedMs =
      presentMs === undefined ? UNMEASURED_TIMEOUT_MS : (link.distanceMs ?? 0) + 2 * presentMs
    return Math.min(maxMs, Math.max(minMs, expectedMs))
  }

  /** The longest delay of late but for one, which may be an exception; undefined before the first ack. */
  get #presentMs(): Millis | undefined {
    if (this.#latest.length < 2) return this.#latest[0]
    let longest = 0
    let second = 0
    for (const delay of this.#latest) {
      second = Math.max(second, Math.min(longest, delay))
      longest = Math.max(longest, delay)
    }
    return second
  }
}

function approach(from: number, to: number): number {
  return from + (to - from) / 8
}
