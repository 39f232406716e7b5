// A hybrid logical clock: versions that follow the wall clock, and are above every version seen so far even where that
// lags. Kulkarni et al., Logical Physical Clocks (2014), in one safe integer: milliseconds, and a counter within them.
import type { Time } from '../time.ts'

/** Versions in one ms; a pod that writes faster runs ahead of the wall clock for a moment. */
const PER_MS = 2048
/** A version further ahead of the own clock than that is refused: it would carry a wrong clock to every pod. */
export const MAX_AHEAD_MS = 60_000

/** Above all versions given before that time, and below those given after it. */
export function versionAt(ms: number): number {
  return ms * PER_MS
}

/** Good until the year 2109, when milliseconds leave no room for the counter. */
export class HybridClock {
  readonly #time: Pick<Time, 'now' | 'date'>
  #last = 0
  /** The furthest that the clock of this machine was ahead of `Time.now`. */
  #furthestMs: number

  constructor(time: Pick<Time, 'now' | 'date'>) {
    this.#time = time
    this.#furthestMs = time.date() - time.now()
  }

  /** A version above all that were given or observed. */
  next(): number {
    this.#last = Math.max(this.#last + 1, this.#time.date() * PER_MS)
    return this.#last
  }

  /** Whether a version is one that a pod with a sane clock may have given; where ours was set back, the others' are the sane ones. */
  isCredible(version: number): boolean {
    const now = this.#time.now()
    this.#furthestMs = Math.max(this.#furthestMs, this.#time.date() - now)
    return version > 0 && version <= (now + this.#furthestMs + MAX_AHEAD_MS) * PER_MS
  }

  /** Takes in a version of another pod, and returns whether it is credible: else it does not move the clock. */
  observe(version: number): boolean {
    // What is not above one that was credible is credible, and needs no look at the clock.
    if (version <= this.#last) return version > 0
    if (!this.isCredible(version)) return false
    this.#last = version
    return true
  }
}
