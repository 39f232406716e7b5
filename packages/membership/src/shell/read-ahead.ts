// Asks a seed source for its first snapshot at once, while the listener is still being opened: a newcomer has its seeds
// a few milliseconds earlier.
import type { SeedSnapshot, SeedSource } from '../seed-source.ts'

/** A source whose first watch has begun already. The same signal and urgency must be given to that watch. */
export function readAhead(source: SeedSource, options: Parameters<SeedSource['watch']>[0]): SeedSource {
  let begun: AsyncIterator<SeedSnapshot> | undefined
  let first: Promise<IteratorResult<SeedSnapshot>>
  try {
    begun = source.watch(options)[Symbol.asyncIterator]()
    first = begun.next()
  } catch {
    // The watch proper will fail in the same way, where failures are dealt with.
    return source
  }
  // Whoever watches hears of a failure; when nobody ever does, it must not end the process.
  first.catch(() => {})
  return {
    ...(source.origin === undefined ? {} : { origin: source.origin }),
    watch: (later) => {
      const rest = begun
      begun = undefined
      return rest === undefined ? source.watch(later) : goOn(first, rest)
    },
  }
}

async function* goOn(
  first: Promise<IteratorResult<SeedSnapshot>>,
  rest: AsyncIterator<SeedSnapshot>,
): AsyncGenerator<SeedSnapshot> {
  try {
    for (let next = await first; next.done !== true; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}
