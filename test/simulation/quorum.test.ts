// Runs in which every member knows how many it is before the faults begin: those of seeds-0 and seeds-1 are over sooner,
// unless the size is given.
import { runSeeds } from '@rollcall/testkit'
import { expect, it } from 'vitest'

it('no invariant breaks once the cluster has learnt its size', () => {
  const { failures } = runSeeds({ firstSeed: 1, seeds: 16, members: 16, scenario: 'quorum' })
  expect(failures.map(({ text, command, transcript }) => `${text}\n${command}\n${transcript}`)).toEqual([])
}, 300_000)
