import { expect, it } from 'vitest'
import { within } from '../../src/security/deadline.ts'
import { nodePlatform } from '../../src/shell/node-platform.ts'

it('rejects with what the work throws, and leaves no other rejection behind when it is too late for it', async () => {
  const limit = { platform: nodePlatform, timeoutMs: 5000, what: 'work', ended: AbortSignal.abort() }
  const work = () => {
    throw new Error('it throws')
  }
  await expect(within(limit, work)).rejects.toThrow('it throws')
  // An unhandled rejection would end the test run.
  await new Promise((resolve) => setImmediate(resolve))
})
