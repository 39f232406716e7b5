// Loading keys while links are cut, owners stand still, and writes fail.
import { describe, expect, it, vi } from 'vitest'
import { type Pods, startPods } from './pods.ts'

/** A loader that takes a while, and counts. */
function counted(pods: Pods, value: string, takesMs = 100) {
  const counter = {
    loads: 0,
    load: async () => {
      counter.loads++
      await pods.test.sleep(takesMs)
      return Buffer.from(value)
    },
  }
  return counter
}

/** Keys with these owners, in that order. */
function keysOf(pods: Pods, owners: readonly string[], count = 1): string[] {
  const keys: string[] = []
  for (let i = 0; keys.length < count; i++) {
    const names = pods
      .cache('m-0')
      .ownersOf(`key ${i}`)
      .map(({ name }) => name)
    if (owners.every((name, place) => names[place] === name)) keys.push(`key ${i}`)
  }
  return keys
}

/** Counts what a pod asks of others on a topic, from now on. */
function countRequests(pods: Pods, name: string, topic: string): () => number {
  const spy = vi.spyOn(pods.test.cluster(name), 'request')
  return () => spy.mock.calls.filter(([, { name }]) => name === topic).length
}

const textOf = ({ value }: { value: Uint8Array }) => Buffer.from(value).toString()
const codeOf = (error: { code: string }) => error.code

describe('what a keeper is to be told', () => {
  it('is told slowly while the link is cut, all of it once it heals, and never after a minute', async () => {
    await using pods = await startPods(3)
    const keys = keysOf(pods, ['m-2'], 200)
    const counter = counted(pods, 'loaded')
    const fail = async (prefix: string) => {
      const calls = keys.map((key) =>
        pods.cache('m-0').getOrLoad(`${prefix}${key}`, counter.load, { timeoutMs: 600 }).catch(codeOf),
      )
      await pods.until(Promise.all(calls))
    }
    pods.test.cut(['m-0'], ['m-2'])
    await fail('')
    await pods.test.advance(2000)
    const count = countRequests(pods, 'm-0', 'cache.loaded')
    await pods.test.advance(5000)
    expect(count()).toBeLessThan(10)
    pods.test.heal()
    await pods.test.advance(10_000)
    const calls = keys.map((key) => pods.cache('m-1').getOrLoad(key, counter.load))
    expect((await pods.until(Promise.all(calls))).map(textOf)).toEqual(Array(200).fill('loaded'))
    pods.test.cut(['m-0'], ['m-2'])
    await fail('other ')
    await pods.test.advance(65_000)
    const before = count()
    await pods.test.advance(30_000)
    expect(count()).toBe(before)
  })
})
