// A hybrid logical clock: versions that follow the wall clock, and are above every version seen so far even where that
// lags. Kulkarni et al., Logical Physical Clocks (2014), in one safe integer: milliseconds, and a counter within them.

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
  readonly #now: () => number
  #last = 0

  constructor(now: () => number) {
    this.#now = now
  }

  /** A version above all that were given or observed. */
  next(): number {
    this.#last = Math.max(this.#last + 1, this.#now() * PER_MS)
    return this.#last
  }

  /** Whether a version is one that a pod with a sane clock may have given. */
  isCredible(version: number): boolean {
    return version > 0 && version <= (this.#now() + MAX_AHEAD_MS) * PER_MS
  }

  /** Takes in a version of another pod. One that is not credible does not move the clock. */
  observe(version: number): void {
    if (version > this.#last && this.isCredible(version)) this.#last = version
  }
}
