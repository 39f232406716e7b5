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

describe('getOrLoad while the link to the first owner is cut', () => {
  it('asks the next owner after about a second, and stores what is loaded', async () => {
    await using pods = await startPods(3)
    const keys = keysOf(pods, ['m-2', 'm-1'], 10)
    pods.test.cut(['m-0'], ['m-2'])
    const counter = counted(pods, 'loaded')
    const begunAt = pods.test.now
    const calls = keys.map((key) => pods.cache('m-0').getOrLoad(key, counter.load))
    expect((await pods.until(Promise.all(calls))).map(textOf)).toEqual(Array(10).fill('loaded'))
    expect(pods.test.now - begunAt).toBeLessThan(2500)
    expect(counter.loads).toBe(10)
    for (const key of keys) expect(await pods.get('m-2', key)).toBe('loaded')
  })

  it('stores what a slow loader gives, too', async () => {
    await using pods = await startPods(3)
    const [key] = keysOf(pods, ['m-2', 'm-1']) as [string]
    pods.test.cut(['m-0'], ['m-2'])
    const counter = counted(pods, 'loaded', 4000)
    const call = pods.cache('m-0').getOrLoad(key, counter.load, { timeoutMs: 10_000 })
    expect(textOf(await pods.until(call))).toBe('loaded')
    expect(await pods.get('m-2', key)).toBe('loaded')
  })

  it('gives the value unstored where the caller is the other owner', async () => {
    await using pods = await startPods(3)
    const [key] = keysOf(pods, ['m-2', 'm-0']) as [string]
    pods.test.cut(['m-0'], ['m-2'])
    const counter = counted(pods, 'loaded')
    const found = await pods.until(pods.cache('m-0').getOrLoad(key, counter.load))
    expect(found).toMatchObject({ version: 0, isStale: false, expiresAtMs: undefined })
    expect(textOf(found)).toBe('loaded')
    pods.test.heal()
    await pods.test.advance(3000)
    const again = await pods.until(pods.cache('m-1').getOrLoad(key, counter.load))
    expect(textOf(again)).toBe('loaded')
    expect(await pods.get('m-0', key)).toBe('loaded')
  })

  it('holds nobody up who can reach the owner, once the one that was cut off has given up', async () => {
    await using pods = await startPods(4)
    const [key] = keysOf(pods, ['m-2', 'm-1']) as [string]
    const slow = counted(pods, 'slow', 1000)
    const first = pods.cache('m-3').getOrLoad(key, async () => {
      await slow.load()
      throw new Error('no such row')
    })
    first.catch(() => {})
    await pods.test.advance(100)
    const cutOff = pods.cache('m-0').getOrLoad(key, slow.load, { timeoutMs: 600 })
    cutOff.catch(() => {})
    await pods.test.advance(100)
    pods.test.cut(['m-0'], ['m-2'])
    await pods.test.advance(3000)
    const counter = counted(pods, 'loaded')
    const found = await pods.until(pods.cache('m-3').getOrLoad(key, counter.load))
    expect(textOf(found)).toBe('loaded')
  })
})

describe('getOrLoad while the first owner stands still', () => {
  it('asks the next owner, long before the first one is failed', async () => {
    await using pods = await startPods(4)
    const [key] = keysOf(pods, ['m-2', 'm-1']) as [string]
    pods.freeze('m-2')
    const counter = counted(pods, 'loaded')
    const calls = ['m-0', 'm-3'].map((name) => pods.cache(name).getOrLoad(key, counter.load))
    const begunAt = pods.test.now
    expect((await pods.until(Promise.all(calls))).map(textOf)).toEqual(['loaded', 'loaded'])
    expect(pods.test.now - begunAt).toBeLessThan(4900)
  })
})

describe('those who wait for a long load', () => {
  it('keep their places, and ask a few times a second for each pod', async () => {
    await using pods = await startPods(5)
    const [key] = keysOf(pods, ['m-2']) as [string]
    const counts = pods.names.map((name) => countRequests(pods, name, 'cache.load'))
    const counter = counted(pods, 'loaded', 10_000)
    const calls = Array.from({ length: 1000 }, (_, i) =>
      pods.cache(`m-${i % 5}`).getOrLoad(key, counter.load, { timeoutMs: 20_000 }),
    )
    expect(new Set((await pods.until(Promise.all(calls))).map(textOf))).toEqual(new Set(['loaded']))
    expect(counter.loads).toBe(1)
    for (const count of counts) expect(count()).toBeLessThan(50)
  })

  it('wait at the same owner again after their pod stood still', async () => {
    await using pods = await startPods(4)
    const [key] = keysOf(pods, ['m-2', 'm-1']) as [string]
    const counter = counted(pods, 'loaded', 8000)
    const calls = ['m-3', 'm-0'].map((name) =>
      pods.cache(name).getOrLoad(key, counter.load, { timeoutMs: 20_000 }),
    )
    await pods.test.advance(1000)
    pods.freeze('m-0')
    await pods.test.advance(2000)
    pods.thaw('m-0')
    expect((await pods.until(Promise.all(calls))).map(textOf)).toEqual(['loaded', 'loaded'])
    expect(counter.loads).toBe(1)
  })

  it('get the error of a loader that comes between two questions', async () => {
    for (let takesMs = 1150; takesMs < 1250; takesMs += 10) {
      await using pods = await startPods(3)
      let loads = 0
      const fail = async () => {
        loads++
        await pods.test.sleep(takesMs)
        throw new Error('no such row')
      }
      const calls = pods.names.map((name) => pods.cache(name).getOrLoad('key', fail).catch(codeOf))
      expect(await pods.until(Promise.all(calls))).toEqual(Array(3).fill('ERR_CACHE_LOAD'))
      expect(loads).toBe(1)
      const counter = counted(pods, 'loaded', 0)
      const begunAt = pods.test.now
      await pods.until(pods.cache('m-1').getOrLoad('key', counter.load))
      expect(pods.test.now - begunAt).toBeLessThan(100)
    }
  })
})

describe('a value that cannot be kept', () => {
  it('is given to its callers, and others may load the key', async () => {
    await using pods = await startPods(3)
    const [key] = keysOf(pods, ['m-0', 'm-1']) as [string]
    pods.test.cut(['m-0'], ['m-1'])
    const counter = counted(pods, 'loaded')
    const calls = ['m-0', 'm-0', 'm-2'].map((name) => pods.cache(name).getOrLoad(key, counter.load))
    expect((await pods.until(Promise.all(calls))).map(textOf)).toEqual(['loaded', 'loaded', 'loaded'])
    expect(counter.loads).toBe(2)
    expect(await pods.until(pods.cache('m-2').get(key))).toBeUndefined()
    pods.test.heal()
    await pods.test.advance(3000)
    await pods.until(pods.cache('m-2').getOrLoad(key, counter.load))
    expect(await pods.get('m-1', key)).toBe('loaded')
  })

  it('is given at the deadline, where its write still waits', async () => {
    await using pods = await startPods(3)
    const [key] = keysOf(pods, ['m-0', 'm-1']) as [string]
    pods.test.cut(['m-0'], ['m-1'])
    const counter = counted(pods, 'loaded', 1000)
    const call = pods.cache('m-0').getOrLoad(key, counter.load, { timeoutMs: 1500 })
    expect(textOf(await pods.until(call))).toBe('loaded')
  })

  it('is given where the pod has come into a minority meanwhile, and nothing is loaded there any more', async () => {
    await using pods = await startPods(3)
    const counter = counted(pods, 'loaded', 20_000)
    const call = pods.cache('m-0').getOrLoad('key', counter.load, { timeoutMs: 60_000 })
    await pods.test.advance(100)
    pods.test.cut(['m-0'])
    expect(textOf(await pods.until(call))).toBe('loaded')
    await expect(pods.until(pods.cache('m-0').getOrLoad('key', counter.load))).rejects.toMatchObject({
      code: 'ERR_CACHE_MINORITY',
    })
    expect(counter.loads).toBe(1)
  })

  it('is an error still where it is too large', async () => {
    await using pods = await startPods(2)
    const load = async () => new Uint8Array(2 * 1024 * 1024)
    await expect(pods.until(pods.cache('m-0').getOrLoad('key', load))).rejects.toMatchObject({
      code: 'ERR_CACHE_LOAD',
      cause: { code: 'ERR_CACHE_VALUE_TOO_LARGE' },
    })
  })
})

describe('the signal of a loader', () => {
  it('is aborted after a minute', async () => {
    await using pods = await startPods(2)
    const signals: AbortSignal[] = []
    const call = pods.cache('m-0').getOrLoad(
      'key',
      (_key, signal) => {
        signals.push(signal)
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      },
      { timeoutMs: 90_000 },
    )
    const told = call.catch((error) => error)
    await pods.test.advance(59_000)
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    await pods.test.advance(2000)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    expect(await pods.until(told)).toMatchObject({ code: 'ERR_CACHE_LOAD', cause: signals[0]?.reason })
  })
})
