// Seeds that are known beforehand.
import { uniqueSeeds } from './address.ts'
import { checkKnownOptions, SeedError } from './errors.ts'
import { abortable } from './poll-loop.ts'
import type { Seed, SeedSnapshot, SeedSource } from './seed-source.ts'
import { toSeed } from './seeds-from.ts'
import { checkClusterId } from './service-options.ts'
import { aborted } from './timers.ts'

/** Options of `staticSeeds`. */
export interface StaticSeedsOptions {
  /** Keeps clusters apart; the same in every member. Default none. */
  readonly clusterId?: string
}

/**
 * A fixed list: `'10.0.0.1'`, `'10.0.0.1:7946'`, `'[fd00::1]:7946'`, `'localhost:7946'` or `{ address, port }`. For
 * host names use `headlessService`, which asks for them again when they move. An empty list is allowed: the
 * first member of a cluster knows nobody. Throws `SeedError` with `ERR_ROLLCALL_INVALID_OPTION` for anything else.
 */
export function staticSeeds(list: readonly (string | Seed)[], options: StaticSeedsOptions = {}): SeedSource {
  if (!Array.isArray(list)) throw new SeedError('list', 'a list of addresses', list)
  checkKnownOptions('staticSeeds', options, ['clusterId'])
  checkClusterId(options.clusterId)
  const seeds = uniqueSeeds(
    list.map((entry: unknown, i) => {
      const seed = toSeed(entry)
      if (seed === undefined) {
        throw new SeedError(
          `list[${i}]`,
          "an IP address such as '10.0.0.1:7946' (for names use headlessService)",
          entry,
        )
      }
      return seed
    }),
  )
  const watch: SeedSource['watch'] = ({ signal }) =>
    abortable(signal, async function* (ended): AsyncGenerator<SeedSnapshot, void> {
      if (ended.aborted) return
      yield { seeds }
      await aborted(ended)
    })
  return options.clusterId === undefined ? { watch } : { clusterId: options.clusterId, watch }
}
