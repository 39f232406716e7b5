// What a pod's log says while it runs.
import { createTestCluster } from '@rollcall/testkit'
import { expect, it } from 'vitest'
import type { CacheReadiness } from '../src/cache.ts'
import { readinessLog } from '../src/readiness-log.ts'
import { watchLog } from '../src/watch-log.ts'

/** Members in virtual time, and what the log of the first says since it was looked at last. */
async function watched(count: number) {
  const test = await createTestCluster(count, { seed: 1, joinOptions: { expectedSize: count } })
  const cluster = test.cluster('m-0')
  const cache: { mismatch: string | undefined } = { mismatch: undefined }
  const lines: string[] = []
  watchLog(cluster, cache, (text) => lines.push(text))
  const said = async (line: string | RegExp) => {
    const isIt = (one: string) => (typeof line === 'string' ? one === line : line.test(one))
    await test.until(() => lines.some(isIt), { withinMs: 30_000 })
    return lines.splice(0)
  }
  return { test, cluster, cache, lines, said }
}

it('has a line for each pod that comes, goes, dies and comes back', async () => {
  const { test, lines, said } = await watched(3)
  await using _ = test
  await test.add('m-3')
  expect(await said('sees m-3: joined')).toHaveLength(1)
  await test.until(test.cluster('m-3').leave())
  expect(await said('sees m-3: left')).toHaveLength(1)
  test.freeze('m-2')
  await test.until(() => lines.length > 0, { withinMs: 30_000 })
  expect(lines.splice(0)).toEqual([
    expect.stringMatching(/^sees m-2: failed \(it does not answer(, as m-1 found)?\)$/),
  ])
  test.thaw('m-2')
  expect(await said('sees m-2: came back')).toHaveLength(1)
  await test.restart('m-1')
  expect((await said('sees m-1: started again')).at(-1)).toBe('sees m-1: started again')
})

it('says when the pod is isolated and in a minority, and when it is no more', async () => {
  const { test, said } = await watched(3)
  await using _ = test
  await test.advance(2000)
  test.cut(['m-0'])
  const minority = 'is in a minority: 1 of 3 pods can be counted on, and writes are refused'
  const isolated = 'is isolated: it hears none of 2 pods that it knows, and of 2 addresses that are listed'
  const lines = [...(await said(minority)), ...(await said(isolated))]
  expect(lines.toSorted()).toEqual([minority, isolated])
  test.heal()
  expect(await said(/^is in a majority: [23] of 3 pods can be counted on$/)).toContain('is isolated no more')
})

it('says once which pods keep another number of copies', async () => {
  const { test, cluster, cache, lines } = await watched(2)
  await using _ = test
  cache.mismatch = 'm-1 keeps 3'
  for (let i = 0; i < 3; i++) {
    await cluster.setMetadata({ i })
    await test.advance(10)
  }
  expect(lines).toEqual(['warns: m-1 keeps 3'])
})

it('says when the pod is ready, when it is no more and why, and when it is again; and nothing after the end', async () => {
  const test = await createTestCluster(1, { seed: 1 })
  await using _ = test
  const cluster = test.cluster('m-0')
  const cache: { readiness: CacheReadiness } = { readiness: { isReady: true, reason: 'ready', text: 'Yes.' } }
  const lines: string[] = []
  const log = readinessLog(cluster, cache, (text) => lines.push(text))
  const said = (line: string) => expect.poll(() => lines, { timeout: 10_000 }).toContain(line)
  await said('is ready')
  cache.readiness = { isReady: false, reason: 'minority', text: '1 of 3 members expected are here.' }
  await said(`is not ready any more: 1 of 3 members expected are here. ${cluster.diagnosis().text}`)
  cache.readiness = { isReady: true, reason: 'ready', text: 'Yes.' }
  await said('is ready again')
  await test.until(cluster.leave())
  cache.readiness = { isReady: false, reason: 'not-joined', text: 'Closed.' }
  await log
  expect(lines).toHaveLength(3)
})
