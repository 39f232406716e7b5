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

/**
 * Up to `count` of the items that are fit, each as likely as the others: a shuffle that stops when it has enough. The
 * list is left in another order.
 */
export function picked<T>(random: Random, list: T[], count: number, isFit: (item: T) => boolean): T[] {
  const chosen: T[] = []
  for (let i = list.length - 1; i >= 0 && chosen.length < count; i--) {
    const j = randomInt(random, i + 1)
    const item = list[j] as T
    list[j] = list[i] as T
    list[i] = item
    if (isFit(item)) chosen.push(item)
  }
  return chosen
}
