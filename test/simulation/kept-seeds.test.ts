// Seeds that once broke an invariant. Each stays, so that what it found stays found.
import { runSeeds } from '@rollcall/testkit'
import { expect, it } from 'vitest'

const kept = [
  { seed: 1476, members: 12, found: 'failed by one that all turned away for its older life' },
  { seed: 1719, members: 12, found: 'an age that counts probes that were never sent' },
  { seed: 1869, members: 12, found: 'two links for ever, after a contest in a cut that nobody answered' },
  {
    seed: 110244,
    members: 16,
    found: 'the dead end of a link kept beside its twin, both dialed by the other side',
  },
  { seed: 30379, members: 12, found: 'a burst of suspicions long after a cut' },
  { seed: 32825, members: 12, found: 'a probe of an isolated member, reported long after' },
  { seed: 33218, members: 12, found: 'the only reachable peer failed while it turned one away' },
  { seed: 100_008, members: 50, found: 'many such probes at once' },
]

it.each(kept)(
  'seed $seed no longer finds $found',
  ({ seed, members }) => {
    const { failures } = runSeeds({ firstSeed: seed, seeds: 1, members })
    expect(failures.map(({ text, command, transcript }) => `${text}\n${command}\n${transcript}`)).toEqual([])
  },
  60_000,
)
