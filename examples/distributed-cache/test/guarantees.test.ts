// What is promised when owners cannot be reached, have evicted a key, or have never met.
import { createTestCluster } from '@rollcall/testkit'
import { describe, expect, it } from 'vitest'
import { MIN_BYTES } from '../src/options.ts'
import { keyOf, Pods, startPods } from './pods.ts'

const KEYS = Array.from({ length: 60 }, (_, i) => `key ${i}`)
const value = (text: string) => Buffer.from(text)

describe('a write while an owner is frozen', () => {
  it('is refused at its deadline, and says that it may have been done', async () => {
    await using pods = await startPods(3)
    pods.freeze('m-2')
    const write = pods.cache('m-0').set(keyOf(pods, 'm-1', 'm-2'), value('x'), { timeoutMs: 500 })
    const before = pods.test.now
    await expect(pods.until(write)).rejects.toMatchObject({ code: 'ERR_CACHE_UNAVAILABLE' })
    expect(pods.test.now - before).toBeLessThan(600)
  })

  it('is done once the owner is known to be dead', async () => {
    await using pods = await startPods(3)
    const key = keyOf(pods, 'm-1', 'm-2')
    pods.freeze('m-2')
    const written = await pods.until(pods.cache('m-0').set(key, value('x'), { timeoutMs: 10_000 }))
    expect(written).toEqual({ isWritten: true, copies: 2, wanted: 2 })
  })

  it('is in two pods also where the dead owner is followed by one that had let go of the key a moment before', async () => {
    await using pods = await startPods(3)
    const isOf = (a: string, b: string) => (key: string) =>
      pods
        .cache('m-0')
        .ownersOf(key)
        .every(({ name }) => name === a || name === b)
    const before = Array.from({ length: 300 }, (_, i) => `key ${i}`).filter(isOf('m-0', 'm-1'))
    for (const key of before) await pods.set('m-0', key, 'old')
    await pods.add('m-3')
    await pods.ready()
    await pods.test.advance(500)
    const moved = before.filter(isOf('m-0', 'm-3'))
    expect(moved).not.toEqual([])
    pods.freeze('m-3')
    const writes = moved.map((key) => pods.cache('m-0').set(key, value('new')))
    await pods.test.advance(100)
    pods.kill('m-3')
    await pods.until(Promise.all(writes))
    await pods.ready()
    pods.kill('m-0')
    for (const key of moved) expect(await pods.get('m-1', key)).toBe('new')
  })

  it('is marked if so chosen, and the owner gets it when it is back', async () => {
    await using pods = await startPods(3, { whenFewCopies: 'mark' })
    const key = keyOf(pods, 'm-1', 'm-2')
    await pods.set('m-0', key, 'old')
    pods.freeze('m-2')
    const written = await pods.until(pods.cache('m-0').set(key, value('new')))
    expect(written).toEqual({ isWritten: true, copies: 1, wanted: 2 })
    pods.thaw('m-2')
    await pods.test.advance(1000)
    await pods.ready()
    pods.kill('m-1')
    expect(await pods.get('m-2', key)).toBe('new')
  })
})

describe('a link that is cut between two of three', () => {
  it('keeps no read waiting, and no write beyond its deadline', async () => {
    await using pods = await startPods(3)
    for (const key of KEYS) await pods.set('m-0', key, 'old')
    pods.test.cut(['m-0'], ['m-2'])
    await pods.test.advance(10_000)
    for (const key of KEYS) expect(await pods.get('m-0', key)).toBe('old')
    const outcomes = await pods.until(
      Promise.all(
        KEYS.map((key) =>
          pods
            .cache('m-0')
            .set(key, value('new'), { timeoutMs: 1000 })
            .then(
              () => 'written',
              ({ code }) => code,
            ),
        ),
      ),
    )
    expect(new Set(outcomes)).toEqual(new Set(['written', 'ERR_CACHE_UNAVAILABLE']))
    pods.test.heal()
    await pods.test.advance(2000)
    for (const key of KEYS) await pods.set('m-0', key, 'newest')
    for (const key of KEYS) expect(await pods.get('m-2', key)).toBe('newest')
  })
})

describe('a key that one owner has evicted', () => {
  it('is read from the other, and brought back', async () => {
    await using pods = await startPods(3, { maxBytes: MIN_BYTES })
    const keys = Array.from({ length: 150 }, (_, i) => `key ${i}`)
    for (const key of keys) await pods.set('m-0', key, key.padEnd(13_600))
    const evictions = pods.names.reduce((sum, name) => sum + pods.cache(name).stats.evictions, 0)
    expect(evictions).toBeGreaterThan(0)
    let found = 0
    for (const key of keys) {
      const read = (await pods.get('m-1', key))?.trimEnd()
      expect([undefined, key]).toContain(read)
      if (read !== undefined) found++
    }
    expect(found).toBeGreaterThan(40)
    expect(pods.names.reduce((sum, name) => sum + pods.cache(name).stats.repairs, 0)).toBeGreaterThan(0)
  })

  it('is still there for a write that depends on it', async () => {
    await using pods = await startPods(2, { maxBytes: MIN_BYTES })
    const first = pods.cache('m-0').ownersOf('counter')[0]?.name as string
    const other = first === 'm-0' ? 'm-1' : 'm-0'
    await pods.until(pods.cache(first).increment('counter', 41n))
    // Reads keep it in the other, while it goes in the first.
    for (let i = 0; i < 60; i++) {
      await pods.set(first, `key ${i}`, 'x'.repeat(24_000))
      await pods.get(other, 'counter')
    }
    expect(pods.cache(first).stats.evictions).toBeGreaterThan(0)
    expect(await pods.until(pods.cache(first).increment('counter', 1n))).toBe(42n)
    const condition = 'absent' as const
    expect((await pods.until(pods.cache(first).set('counter', value('x'), { condition }))).isWritten).toBe(
      false,
    )
  })
})

describe('two clusters that meet', () => {
  it('have together what each of them had', async () => {
    await using pods = new Pods(await createTestCluster(0), {})
    for (const name of ['m-0', 'm-1']) await pods.add(name)
    await pods.ready()
    pods.test.cut(['m-0', 'm-1'])
    for (const name of ['m-2', 'm-3']) await pods.add(name)
    await pods.test.advance(15_000)
    expect(pods.isReady('m-2')).toBe(true)
    await pods.set('m-0', 'left', 'left')
    await pods.set('m-2', 'right', 'right')
    await pods.set('m-0', 'both', 'first')
    await pods.set('m-2', 'both', 'last')
    pods.test.heal()
    await pods.test.advance(5000)
    await pods.ready()
    for (const name of pods.names) {
      const read = [await pods.get(name, 'left'), await pods.get(name, 'right'), await pods.get(name, 'both')]
      expect(read).toEqual(['left', 'right', 'last'])
    }
  })
})

describe('three copies', () => {
  it('survive the death of two pods at once', async () => {
    await using pods = await startPods(5, { replicas: 3 })
    for (const key of KEYS) await pods.set('m-0', key, 'value')
    pods.kill('m-3')
    pods.kill('m-4')
    for (const key of KEYS) expect(await pods.get('m-1', key)).toBe('value')
    await pods.ready()
    for (const key of KEYS) expect(await pods.get('m-0', key)).toBe('value')
  })
})

it('brings back no value after the end of the one that took its place, with a pod that was away', async () => {
  await using pods = await startPods(3)
  const key = keyOf(pods, 'm-1', 'm-2')
  await pods.set('m-0', key, 'old')
  pods.freeze('m-2')
  await pods.test.advance(10_000)
  await pods.until(pods.cache('m-0').set(key, value('new'), { ttlMs: 1000 }))
  await pods.test.advance(60_000)
  pods.thaw('m-2')
  await pods.ready()
  await pods.test.advance(5000)
  for (const name of pods.names) expect(await pods.get(name, key)).toBeUndefined()
})

it('keeps what the program has in its metadata', async () => {
  await using pods = await startPods(2)
  const cluster = pods.test.cluster('m-0')
  await cluster.setMetadata({ zone: 'a', cache: 'overwritten' })
  await pods.test.advance(1000)
  expect(pods.test.cluster('m-1').view.members[0]?.metadata).toMatchObject({
    zone: 'a',
    cache: { isJoined: true },
  })
  await pods.ready()
  await pods.set('m-1', 'key', 'value')
  expect(await pods.get('m-0', 'key')).toBe('value')
})
