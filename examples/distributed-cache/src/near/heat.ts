// Which keys other pods read so often that each of them had better keep a copy for a moment: counted by the owner, who
// alone sees all of them. Bounded and forgetful: a sample is counted, within windows, and of so many keys.

const SAMPLE = 8
const WINDOW_MS = 250
/** 256 reads a second. */
const HOT_SAMPLES = 8
const MAX_KEYS = 4096

export class Heat {
  #counts = new Map<string, number>()
  /** Hot by what was counted in this window, or in the one before. */
  #hot = new Set<string>()
  #begunAt = 0
  #reads = 0

  /** Counts a read, and says whether the key is hot. */
  isHot(key: string, now: number): boolean {
    if (now - this.#begunAt >= WINDOW_MS) this.#turn(now)
    if (++this.#reads % SAMPLE === 0) this.#count(key)
    return this.#hot.size > 0 && this.#hot.has(key)
  }

  #count(key: string): void {
    const count = (this.#counts.get(key) ?? 0) + 1
    if (count === 1 && this.#counts.size >= MAX_KEYS) return
    this.#counts.set(key, count)
    if (count >= HOT_SAMPLES) this.#hot.add(key)
  }

  #turn(now: number): void {
    const isNext = now - this.#begunAt < 2 * WINDOW_MS
    const hot = isNext ? [...this.#counts].filter(([, count]) => count >= HOT_SAMPLES) : []
    this.#hot = new Set(hot.map(([key]) => key))
    this.#counts = new Map()
    this.#begunAt = now
  }
}
