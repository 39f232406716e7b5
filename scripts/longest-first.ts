// The order of test files: a fresh clone has no record of how long each takes, and a long one that starts last keeps everybody
// waiting.
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Ends of paths, those first that take longest. */
const LONG = [
  'test/simulation/seeds-0.test.ts',
  'test/simulation/seeds-1.test.ts',
  'distributed-cache/test/docker.test.ts',
  'kube-like/embedded-service.test.ts',
  'kube-like/cache-torture.test.ts',
  'kube-like/kube-like.test.ts',
  'sim/partial-cut.test.ts',
  'sim/merge.test.ts',
  'sim/crash.test.ts',
  'sim/partition.test.ts',
  'sim/silence.test.ts',
  'sim/after-a-cut.test.ts',
  'sim/overslept.test.ts',
  'sim/liars.test.ts',
]

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => rank(a) - rank(b))
  }
}

function rank({ moduleId }: TestSpecification): number {
  const place = LONG.findIndex((end) => moduleId.endsWith(end))
  return place < 0 ? LONG.length : place
}
