/** A shuffle that depends on nothing but its seed, so that a test sees the same orders in every run. */

/** Returns a function that copies a list in random order (Fisher-Yates, driven by a small generator). */
export function seededShuffle(seed: number): <T>(items: readonly T[]) => T[] {
  let state = seed >>> 0
  const random = () => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
  return (items) => {
    const shuffled = [...items]
    for (let i = shuffled.length - 1; i > 0; i -= 1) {
      const j = Math.floor(random() * (i + 1))
      ;[shuffled[i], shuffled[j]] = [shuffled[j] as never, shuffled[i] as never]
    }
    return shuffled
  }
}
