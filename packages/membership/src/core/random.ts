// Randomness is handed in, so that one seed replays a whole run.

/** Uniform in [0, 1). */
export type Random = () => number

/** A whole number in [0, below). */
export function randomInt(random: Random, below: number): number {
  return Math.floor(random() * below)
}

/** Uniform in [low, high). */
export function randomBetween(random: Random, low: number, high: number): number {
  return low + random() * (high - low)
}

/** A shuffled copy (Fisher-Yates). */
export function shuffled<T>(random: Random, items: Iterable<T>): T[] {
  const list = [...items]
  for (let i = list.length - 1; i > 0; i--) {
    const j = randomInt(random, i + 1)
    const kept = list[i] as T
    list[i] = list[j] as T
    list[j] = kept
  }
  return list
}
