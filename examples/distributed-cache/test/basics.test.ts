// Reads and writes in a quiet cluster.
import { expect, it } from 'vitest'
import { startPods } from './pods.ts'

const bytes = (text: string) => Buffer.from(text)

it.each([1, 2, 3, 5])('answers what was written at any of %d pods', async (count) => {
  await using pods = await startPods(count)
  for (let i = 0; i < 20; i++) await pods.set(`m-${i % count}`, `key ${i}`, `value ${i}`)
  for (const name of pods.names) {
    for (let i = 0; i < 20; i++) expect(await pods.get(name, `key ${i}`)).toBe(`value ${i}`)
    expect(await pods.get(name, 'no such key')).toBeUndefined()
  }
})

it('says how many copies a write has', async () => {
  await using pods = await startPods(3)
  const written = await pods.until(pods.cache('m-0').set('key', bytes('value')))
  expect(written).toEqual({ isWritten: true, copies: 2, wanted: 2 })
  expect(pods.cache('m-0').ownersOf('key')).toHaveLength(2)
  for (const name of pods.names) {
    const refused = pods.cache(name).set('key', bytes('other'), { condition: 'absent' })
    expect(await pods.until(refused)).toEqual({ isWritten: false, copies: 0, wanted: 2 })
  }
})

it('finds plain data', async () => {
  await using pods = await startPods(3)
  const value = Buffer.from([0, 128, 255])
  await pods.until(pods.cache('m-0').set('key', value, { ttlMs: 1000 }))
  const aboutMs = expect.closeTo(pods.process('m-0').date() + 1000, -2)
  for (const name of pods.names) {
    const found = await pods.until(pods.cache(name).get('key'))
    expect({ ...found }).toEqual({
      ...{ value, expiresAtMs: aboutMs },
      ...{ version: expect.any(Number), isStale: false },
    })
  }
})

it('deletes, and says whether there was something', async () => {
  await using pods = await startPods(3)
  await pods.set('m-0', 'key', 'value')
  expect(await pods.until(pods.cache('m-1').delete('key'))).toBe(true)
  expect(await pods.until(pods.cache('m-2').delete('key'))).toBe(false)
  for (const name of pods.names) expect(await pods.get(name, 'key')).toBeUndefined()
})

it('lets entries end at their time', async () => {
  await using pods = await startPods(3)
  const { cache } = { cache: pods.cache('m-0') }
  await pods.until(cache.set('key', bytes('value'), { ttlMs: 1000 }))
  await pods.set('m-0', 'other', 'value')
  expect(await pods.until(pods.cache('m-1').expire('other', 2000))).toBe(true)
  expect(await pods.until(pods.cache('m-1').expire('none', 2000))).toBe(false)
  await pods.test.advance(900)
  expect(await pods.get('m-1', 'key')).toBe('value')
  await pods.test.advance(200)
  for (const name of pods.names) expect(await pods.get(name, 'key')).toBeUndefined()
  expect(await pods.get('m-2', 'other')).toBe('value')
  await pods.test.advance(1000)
  expect(await pods.get('m-2', 'other')).toBeUndefined()
})

it('writes under conditions', async () => {
  await using pods = await startPods(3)
  const set = async (name: string, value: string, condition: 'absent' | 'present') =>
    (await pods.until(pods.cache(name).set('key', bytes(value), { condition }))).isWritten
  expect(await set('m-0', 'a', 'present')).toBe(false)
  expect(await set('m-1', 'b', 'absent')).toBe(true)
  expect(await set('m-2', 'c', 'absent')).toBe(false)
  expect(await set('m-0', 'd', 'present')).toBe(true)
  expect(await pods.get('m-1', 'key')).toBe('d')
})

it('adds up what all pods add at the same time', async () => {
  await using pods = await startPods(3)
  const sums = pods.names.flatMap((name) =>
    Array.from({ length: 20 }, () => pods.cache(name).increment('key', 1n)),
  )
  const all = await pods.until(Promise.all(sums))
  expect(all.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1))
  expect(await pods.get('m-1', 'key')).toBe('60')
})

it('refuses to add to what is no number, and sums beyond 64 bits', async () => {
  await using pods = await startPods(2)
  await pods.set('m-0', 'text', 'ten')
  await pods.set('m-0', 'high', String(2n ** 63n - 1n))
  const add = (key: string, by = 1n) => pods.until(pods.cache('m-1').increment(key, by))
  await expect(add('text')).rejects.toMatchObject({ code: 'ERR_CACHE_NOT_A_NUMBER' })
  await expect(add('high')).rejects.toMatchObject({ code: 'ERR_CACHE_OUT_OF_RANGE' })
  expect(await add('high', -1n)).toBe(2n ** 63n - 2n)
})

it('carries large values as it does small ones', async () => {
  await using pods = await startPods(4)
  const large = (byte: string) => Buffer.alloc(300_000, byte)
  const keys = Array.from({ length: 24 }, (_, i) => `key ${i}`)
  const each = <T>(run: (key: string, name: string) => Promise<T>) =>
    pods.until(Promise.all(keys.map((key, i) => run(key, `m-${i % 4}`))))
  await each((key, name) => pods.cache(name).set(key, large('a'), { condition: 'absent' }))
  await each((key, name) => pods.cache(name).set(key, large('b')))
  for (const name of pods.names) {
    const found = await each(async (key) => pods.cache(name).get(key))
    expect(found.every((one) => one !== undefined && large('b').equals(one.value))).toBe(true)
  }
  expect(await each(async (key, name) => pods.cache(name).delete(key))).toEqual(keys.map(() => true))
  expect(await each(async (key, name) => pods.cache(name).get(key))).toEqual(keys.map(() => undefined))
})
