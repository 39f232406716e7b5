// The fixed seeds of the repository: 80 runs of 5 to 50 members with mixed faults, the same on every machine. They are
// split over two files, so that they run side by side, and with the kept ones take less than two minutes on two cores.
import { runSeeds } from '@rollcall/testkit'
import { expect, it } from 'vitest'

/** Runs in one file. */
const SEEDS_PER_FILE = 40
/** Runs in one test: enough to be few tests, few enough to see where time goes. */
const SEEDS_PER_TEST = 20
const MAX_MEMBERS = 50

/** Defines the tests of one file; `file` counts from 0. */
export function fixedSeeds(file: number): void {
  for (let i = 0; i < SEEDS_PER_FILE; i += SEEDS_PER_TEST) {
    const firstSeed = 1 + file * SEEDS_PER_FILE + i
    it(`no invariant breaks in seeds ${firstSeed} to ${firstSeed + SEEDS_PER_TEST - 1}`, () => {
      const { failures } = runSeeds({ firstSeed, seeds: SEEDS_PER_TEST, members: MAX_MEMBERS })
      expect(failures.map(({ text, command, transcript }) => `${text}\n${command}\n${transcript}`)).toEqual(
        [],
      )
    }, 600_000)
  }
}
