// Loading a key once in the whole cluster.
import { describe, expect, it } from 'vitest'
import { CacheError } from '../src/errors.ts'
import { keyOf, type Pods, startPods } from './pods.ts'

/** A loader that takes a second, and counts. */
function counted(pods: Pods, value: string) {
  const counter = {
    loads: 0,
    load: async () => {
      counter.loads++
      await pods.test.sleep(1000)
      return Buffer.from(value)
    },
  }
  return counter
}

/** All pods, the first owner of a key first. */
function ownerFirst(pods: Pods, key: string): string[] {
  const owner = pods.cache('m-0').ownersOf(key)[0]?.name as string
  return [owner, ...pods.names.filter((name) => name !== owner)]
}

const textOf = ({ value }: { value: Uint8Array }) => Buffer.from(value).toString()

describe('getOrLoad', () => {
  it('loads once for a thousand callers on five pods', async () => {
    await using pods = await startPods(5)
    const counter = counted(pods, 'loaded')
    const calls = Array.from({ length: 1000 }, (_, i) =>
      pods.cache(`m-${i % 5}`).getOrLoad('key', counter.load),
    )
    const found = await pods.until(Promise.all(calls))
    expect(new Set(found.map(textOf))).toEqual(new Set(['loaded']))
    expect(counter.loads).toBe(1)
    expect(await pods.get('m-3', 'key')).toBe('loaded')
  })

  it('loads nothing that is there', async () => {
    await using pods = await startPods(3)
    await pods.set('m-0', 'key', 'there')
    const counter = counted(pods, 'loaded')
    for (const name of pods.names) {
      expect(textOf(await pods.until(pods.cache(name).getOrLoad('key', counter.load)))).toBe('there')
    }
    expect(counter.loads).toBe(0)
  })

  it('takes the time to live from the options, or from what the loader gives', async () => {
    await using pods = await startPods(2)
    const value = Buffer.from('value')
    await pods.until(pods.cache('m-0').getOrLoad('a', async () => value, { ttlMs: 1000 }))
    await pods.until(pods.cache('m-0').getOrLoad('b', async () => ({ value, ttlMs: 3000 }), { ttlMs: 1000 }))
    await pods.test.advance(2000)
    expect(await pods.get('m-1', 'a')).toBeUndefined()
    expect(await pods.get('m-1', 'b')).toBe('value')
  })

  it('loads anew where the clock says that the value has ended, although the owners do not think so yet', async () => {
    const skews = [20_000, 0, 0]
    await using pods = await startPods(3, { skewMs: () => skews.shift() ?? 0 })
    for (const [one, writer] of [
      ['m-2', 'm-1'],
      ['m-0', 'm-1'],
      ['m-0', 'm-2'],
    ] as const) {
      const key = keyOf(pods, one, writer)
      await pods.until(pods.cache(writer).set(key, Buffer.from('old'), { ttlMs: 30_000 }))
      await pods.test.advance(15_000)
      expect(await pods.get('m-0', key)).toBeUndefined()
      const counter = counted(pods, 'new')
      expect(textOf(await pods.until(pods.cache('m-0').getOrLoad(key, counter.load)))).toBe('new')
      expect(counter.loads).toBe(1)
    }
  })

  it('gives the error of a loader to all who wait, and keeps it not', async () => {
    await using pods = await startPods(3)
    let loads = 0
    const cause = new RangeError('no such row')
    const fail = async () => {
      loads++
      await pods.test.sleep(1000)
      throw cause
    }
    const calls = pods.names.map((name) =>
      pods
        .cache(name)
        .getOrLoad('key', fail)
        .catch((error) => error),
    )
    const errors = (await pods.until(Promise.all(calls))) as CacheError[]
    expect(loads).toBe(1)
    expect(errors.every((error) => error instanceof CacheError && error.code === 'ERR_CACHE_LOAD')).toBe(true)
    expect(errors.every(({ message }) => message.includes('no such row'))).toBe(true)
    expect(errors.filter((error) => error.cause === cause)).toHaveLength(1)
    const counter = counted(pods, 'loaded')
    expect(textOf(await pods.until(pods.cache('m-1').getOrLoad('key', counter.load)))).toBe('loaded')
  })

  it.each([
    ['a text', 'text'],
    ['a wrong name', { value: Buffer.from('x'), ttl: 5 }],
  ])('takes nonsense of a loader for its failure: %s', async (_, given) => {
    await using pods = await startPods(2)
    const load = async () => given as unknown as Uint8Array
    await expect(pods.until(pods.cache('m-0').getOrLoad('key', load))).rejects.toMatchObject({
      code: 'ERR_CACHE_LOAD',
      cause: { code: 'ERR_CACHE_ARGUMENT' },
    })
  })

  it.each([1, 2, 3])('lets another pod load when the loading one dies (seed %d)', async (seed) => {
    await using pods = await startPods(5, { seed })
    const owner = pods.cache('m-0').ownersOf('key')[0]?.name as string
    const [first, second, third] = pods.names.filter((name) => name !== owner) as [string, string, string]
    const forever = pods.cache(first).getOrLoad('key', () => new Promise(() => {}), { timeoutMs: 60_000 })
    forever.catch(() => {})
    await pods.test.advance(100)
    const counter = counted(pods, 'second')
    const calls = [second, third].map((name) => pods.cache(name).getOrLoad('key', counter.load))
    await pods.test.advance(100)
    expect(counter.loads).toBe(0)
    pods.kill(first)
    expect((await pods.until(Promise.all(calls))).map(textOf)).toEqual(['second', 'second'])
    expect(counter.loads).toBe(1)
  })

  it.each([
    ['its first owner', 0],
    ['another pod', 1],
  ])('lets one of those who wait in other pods load when the loading one leaves (%s)', async (_, place) => {
    await using pods = await startPods(4)
    const leaver = ownerFirst(pods, 'key')[place] as string
    const signals: AbortSignal[] = []
    const hang = (_key: string, signal: AbortSignal) => {
      signals.push(signal)
      return new Promise<never>(() => {})
    }
    const calls = [pods.cache(leaver).getOrLoad('key', hang, { timeoutMs: 60_000 })]
    await pods.test.advance(100)
    const counter = counted(pods, 'second')
    calls.push(pods.cache(leaver).getOrLoad('key', counter.load, { timeoutMs: 60_000 }))
    const elsewhere = pods.names
      .filter((name) => name !== leaver)
      .flatMap((name) => [1, 2].map(() => pods.cache(name).getOrLoad('key', counter.load)))
    await pods.test.advance(100)
    expect(counter.loads).toBe(0)
    const here = Promise.allSettled(calls)
    await pods.leave(leaver)
    const closed = { status: 'rejected', reason: expect.objectContaining({ code: 'ERR_CACHE_CLOSED' }) }
    expect(await here).toEqual([closed, closed])
    expect(signals.map(({ reason }) => reason)).toMatchObject([{ code: 'ERR_CACHE_CLOSED' }])
    const found = await pods.until(Promise.all(elsewhere))
    expect(found.map(textOf)).toEqual(Array(6).fill('second'))
    expect(counter.loads).toBe(1)
  })

  it('loads anew for those who wait when the first owner leaves while another pod loads, and gives each a value', async () => {
    await using pods = await startPods(4)
    const [owner, first, ...others] = ownerFirst(pods, 'key') as [string, string, ...string[]]
    const counter = counted(pods, 'value')
    const calls = [pods.cache(first).getOrLoad('key', counter.load)]
    await pods.test.advance(100)
    for (const name of others) calls.push(pods.cache(name).getOrLoad('key', counter.load))
    await pods.test.advance(100)
    expect(counter.loads).toBe(1)
    await pods.leave(owner)
    expect((await pods.until(Promise.all(calls))).map(textOf)).toEqual(Array(3).fill('value'))
    expect(counter.loads).toBe(2)
    expect(await pods.get(first, 'key')).toBe('value')
  })

  it('ends at the deadline, and lets the loader go on', async () => {
    await using pods = await startPods(3)
    const counter = counted(pods, 'late')
    const call = pods.cache('m-0').getOrLoad('key', counter.load, { timeoutMs: 500 })
    await expect(pods.until(call)).rejects.toMatchObject({ code: 'ERR_CACHE_UNAVAILABLE' })
    expect(textOf(await pods.until(pods.cache('m-1').getOrLoad('key', counter.load)))).toBe('late')
    expect(counter.loads).toBe(1)
  })

  it('counts the time in which the key was read, and can be given up then', async () => {
    await using pods = await startPods(2, { replicas: 1, expectedSize: 0 })
    const key = keyOf(pods, 'm-1', 'm-1')
    pods.freeze('m-1')
    const begunAt = pods.test.now
    let loads = 0
    const load = async () => {
      loads++
      await pods.test.sleep(8000)
      return Buffer.from('late')
    }
    const { cache, controller } = { cache: pods.cache('m-0'), controller: new AbortController() }
    const givenUp = cache.getOrLoad(key, load, { timeoutMs: 9000, signal: controller.signal })
    const late = cache.getOrLoad(key, load, { timeoutMs: 9000 })
    late.catch(() => {})
    await pods.test.advance(100)
    controller.abort(new Error('enough'))
    await expect(pods.until(givenUp)).rejects.toThrow('enough')
    expect(pods.test.now - begunAt).toBeLessThan(200)
    await expect(pods.until(late)).rejects.toMatchObject({ code: 'ERR_CACHE_UNAVAILABLE' })
    expect(pods.test.now - begunAt).toBeLessThan(9200)
    expect(loads).toBe(1)
  })
})

describe('a value that comes of a load', () => {
  const DONE = Buffer.from('loaded')

  it.each([
    ['written', (pods: Pods) => pods.set('m-1', 'user:1', 'newer'), 'newer'],
    ['deleted', (pods: Pods) => pods.until(pods.cache('m-1').delete('user:1')), undefined],
    ['invalidated', (pods: Pods) => pods.until(pods.cache('m-1').invalidate('user:')), undefined],
  ])('is not stored where the key was %s meanwhile', async (_, change, expected) => {
    for (const skewMs of [0, 20_000, -20_000]) {
      await using pods = await startPods(3)
      for (const name of pods.names) pods.process(name).skewMs = name === 'm-1' ? skewMs : 0
      const counter = counted(pods, 'loaded')
      const call = pods.cache('m-0').getOrLoad('user:1', counter.load, { ttlMs: 60_000 })
      await pods.test.advance(500)
      await change(pods)
      const found = await pods.until(call)
      expect(textOf(found)).toBe('loaded')
      const endsAtMs = expect.closeTo(pods.process('m-0').date() + 60_000, -4)
      expect(found).toMatchObject({ version: 0, expiresAtMs: endsAtMs })
      await pods.test.advance(500)
      for (const name of pods.names) expect(await pods.get(name, 'user:1')).toBe(expected)
      expect(counter.loads).toBe(1)
      await pods.until(pods.cache('m-2').getOrLoad('user:1', counter.load))
      expect(await pods.get('m-0', 'user:1')).toBe(expected ?? 'loaded')
    }
  })

  it('is not given to those who have called after a delete', async () => {
    await using pods = await startPods(3)
    const row = { value: 'old' }
    const load = async () => {
      const { value } = row
      await pods.test.sleep(1000)
      return Buffer.from(value)
    }
    const before = pods.cache('m-0').getOrLoad('key', load)
    await pods.test.advance(500)
    row.value = 'new'
    await pods.until(pods.cache('m-1').delete('key'))
    const after = pods.names.map((name) => pods.cache(name).getOrLoad('key', load))
    expect(textOf(await pods.until(before))).toBe('old')
    expect((await pods.until(Promise.all(after))).map(textOf)).toEqual(['new', 'new', 'new'])
    expect(await pods.get('m-2', 'key')).toBe('new')
  })

  it('is stored over a tombstone, and over what has ended', async () => {
    await using pods = await startPods(3)
    await pods.set('m-0', 'a', 'old')
    await pods.until(pods.cache('m-1').delete('a'))
    await pods.until(pods.cache('m-0').set('b', Buffer.from('old'), { ttlMs: 10 }))
    await pods.until(pods.cache('m-0').invalidate('c'))
    await pods.test.advance(20)
    for (const key of ['a', 'b', 'c']) {
      await pods.until(pods.cache('m-2').getOrLoad(key, async () => DONE))
      for (const name of pods.names) expect(await pods.get(name, key)).toBe('loaded')
    }
  })
})

describe('a loader that hangs', () => {
  const hang = () => new Promise<never>(() => {})

  it.each(['m-0', 'm-1', 'm-2'])('keeps its key from nobody after a minute (%s)', async (name) => {
    await using pods = await startPods(3)
    const hung = pods.cache('m-0').getOrLoad('key', hang, { timeoutMs: 500 })
    await expect(pods.until(hung)).rejects.toMatchObject({ code: 'ERR_CACHE_UNAVAILABLE' })
    const soon = pods.cache(name).getOrLoad('key', async () => Buffer.from('x'), { timeoutMs: 700 })
    await expect(pods.until(soon)).rejects.toMatchObject({ code: 'ERR_CACHE_UNAVAILABLE' })
    const counter = counted(pods, 'loaded')
    const calls = pods.names.map((one) =>
      pods.cache(one).getOrLoad('key', counter.load, { timeoutMs: 120_000 }),
    )
    await pods.test.advance(62_000)
    expect((await pods.until(Promise.all(calls))).map(textOf)).toEqual(['loaded', 'loaded', 'loaded'])
    expect(counter.loads).toBe(1)
  })

  it('gives a value that comes after over a minute to its caller, and stores it not', async () => {
    await using pods = await startPods(3)
    const slow = async () => {
      await pods.test.sleep(70_000)
      return Buffer.from('late')
    }
    const call = pods.cache('m-0').getOrLoad('key', slow, { timeoutMs: 90_000 })
    await pods.test.advance(61_000)
    await pods.until(pods.cache('m-0').getOrLoad('key', async () => Buffer.from('second')))
    await pods.test.advance(10_000)
    expect(textOf(await pods.until(call))).toBe('late')
    expect(await pods.get('m-1', 'key')).toBe('second')
  })
})
