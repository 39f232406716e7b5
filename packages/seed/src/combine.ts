// Several sources as one.
import { uniqueSeeds } from './address.ts'
import { SeedError } from './errors.ts'
import { abortable } from './poll-loop.ts'
import { joinProblems, type SeedProblem, sourceFailure } from './seed-problem.ts'
import type { AnySeedSnapshot, AnySeedSource, SeedSnapshot, SeedSource, WatchOptions } from './seed-source.ts'
import { wait } from './timers.ts'

/** A source that throws is watched again after so long, in milliseconds. */
const restartPauseMs = 1000

/**
 * Puts the seeds of several sources together, for example two Services during a move from one to the other. The
 * cluster id is that of the first source that has one. A source that throws is started again and keeps its last
 * set meanwhile. Throws `SeedError` with `ERR_ROLLCALL_INVALID_OPTION` if there is no source or one is none.
 */
export function combine(...sources: AnySeedSource[]): SeedSource {
  if (sources.length === 0) throw new SeedError('sources', 'at least one source', sources)
  for (const [i, source] of sources.entries()) {
    if (typeof source?.watch !== 'function') throw new SeedError(`sources[${i}]`, 'a seed source', source)
  }
  const clusterId = sources.find((source) => source.clusterId !== undefined)?.clusterId
  const [origin, ...others] = new Set(sources.map((source) => source.origin))
  const watch: SeedSource['watch'] = ({ signal, urgent }) =>
    abortable(signal, (ended) => merge(sources, { signal: ended, urgent }))
  return {
    ...(clusterId === undefined ? {} : { clusterId }),
    ...(origin === undefined || others.length > 0 ? {} : { origin }),
    watch,
  }
}

async function* merge(
  sources: readonly AnySeedSource[],
  options: WatchOptions,
): AsyncGenerator<SeedSnapshot, void> {
  const latest = sources.map((): AnySeedSnapshot | undefined => undefined)
  let wake = () => {}
  let changed = false
  for (const [i, source] of sources.entries()) {
    void follow(source, options, (news) => {
      const kept = latest[i]?.seeds ?? []
      latest[i] = 'seeds' in news ? news : { seeds: kept, problem: sourceFailure(news.error, kept) }
      changed = true
      wake()
    })
  }
  options.signal.addEventListener('abort', () => wake(), { once: true })
  while (!options.signal.aborted) {
    if (changed) {
      changed = false
      yield together(latest)
    } else {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
}

function together(snapshots: readonly (AnySeedSnapshot | undefined)[]): SeedSnapshot {
  const known = snapshots.filter((snapshot) => snapshot !== undefined)
  const seeds = uniqueSeeds(known.flatMap((snapshot) => snapshot.seeds))
  // Problems of other kinds of sources are passed on as they are.
  const problem = joinProblems(
    known.flatMap((snapshot) => (snapshot.problem as SeedProblem | undefined) ?? []),
  )
  return problem === undefined ? { seeds } : { seeds, problem }
}

/** Watches one source for as long as the signal lasts. */
async function follow(
  source: AnySeedSource,
  options: WatchOptions,
  onChange: (change: AnySeedSnapshot | { readonly error: unknown }) => void,
): Promise<void> {
  while (!options.signal.aborted) {
    try {
      for await (const snapshot of source.watch(options)) {
        if (options.signal.aborted) return
        onChange(snapshot)
      }
      // A fixed list may end: it has said all.
      return
    } catch (error) {
      if (!options.signal.aborted) onChange({ error })
    }
    await wait(restartPauseMs, options.signal)
  }
}
