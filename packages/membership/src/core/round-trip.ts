// The round-trip time of one link, smoothed as in RFC 6298, and the ack timeout that follows it.
import type { Millis } from './identity.ts'

/** Waits this long for an ack on a link that has not been measured yet. */
const UNMEASURED_TIMEOUT_MS = 500

export class RoundTrip {
  #smoothed: Millis | undefined
  #variation: Millis = 0

  /** Smoothed round-trip time; undefined before the first sample. */
  get smoothedMs(): Millis | undefined {
    return this.#smoothed
  }

  sample(rttMs: Millis): void {
    if (this.#smoothed === undefined) {
      this.#smoothed = rttMs
      this.#variation = rttMs / 2
      return
    }
    this.#variation += (Math.abs(rttMs - this.#smoothed) - this.#variation) / 4
    this.#smoothed += (rttMs - this.#smoothed) / 8
  }

  /** How long to wait for an ack. */
  timeoutMs(minMs: Millis, maxMs: Millis): Millis {
    if (this.#smoothed === undefined) return Math.min(maxMs, UNMEASURED_TIMEOUT_MS)
    return Math.min(maxMs, Math.max(minMs, this.#smoothed + 4 * this.#variation))
  }
}
