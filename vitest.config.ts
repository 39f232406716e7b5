import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './scripts/longest-first.ts'

export default defineConfig({
  // Tests run against the sources, so a change needs no build.
  resolve: { conditions: ['@rollcall/source'] },
  ssr: { resolve: { conditions: ['@rollcall/source'] } },
  test: {
    // One more than there are cores: those that start processes wait for them half of the time.
    maxWorkers: availableParallelism() + 1,
    testTimeout: 120_000,
    hookTimeout: 30_000,
    sequence: { sequencer: LongestFirst },
    projects: [
      // Nothing in a package is kept between two uses of it, nor in its tests: one process runs file after file.
      project('packages', { isolate: false, include: ['packages/*/test/**/*.test.ts'] }),
      project('programs', { include: ['test/**/*.test.ts', 'examples/*/test/**/*.test.ts'] }),
    ],
  },
})

function project(name: string, test: { isolate?: boolean; include: string[] }) {
  return { extends: true as const, test: { name, ...test } }
}
