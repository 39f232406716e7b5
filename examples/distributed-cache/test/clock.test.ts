// What lasts does not depend on the clock of the machine, which may be set back or forth.
import { expect, it } from 'vitest'
import { keyOf, type Pods, readOften, startPods } from './pods.ts'

const HOUR_MS = 3_600_000

function setClock(pods: Pods, byMs: number) {
  for (const name of pods.names) pods.process(name).skewMs += byMs
}

it('ends a near copy with its lease, although the clock is set back an hour', async () => {
  await using pods = await startPods(3)
  await pods.set('m-0', 'key', 'old')
  const reader = await readOften(pods, 'key')
  expect(pods.cache(reader).stats.nearHits).toBeGreaterThan(0)
  pods.process(reader).skewMs -= HOUR_MS
  await pods.set(pods.names.find((name) => name !== reader) as string, 'key', 'new')
  await pods.test.advance(100)
  expect(await pods.get(reader, 'key')).toBe('new')
})

it.each([
  ['one that decides', 'm-0'],
  ['one that has another decide', 'm-1'],
])('refuses a write at its deadline, although the clock is set back an hour (%s)', async (_, asked) => {
  await using pods = await startPods(3)
  const key = keyOf(pods, 'm-0', 'm-2')
  pods.test.cut(['m-0'], ['m-2'])
  await pods.test.advance(3000)
  const begunAt = pods.test.now
  const write = pods.cache(asked).set(key, Buffer.from('x'))
  const outcome = write.then(
    () => 'written',
    ({ code }) => code,
  )
  await pods.test.advance(1000)
  setClock(pods, -HOUR_MS)
  expect(await pods.until(outcome)).toBe('ERR_CACHE_UNAVAILABLE')
  expect(pods.test.now - begunAt).toBeLessThan(5200)
})

it('lets another pod load in time when the one that loads hangs, although the clock is set back an hour', async () => {
  await using pods = await startPods(2)
  const never = () => new Promise<Uint8Array>(() => {})
  const late = pods.cache('m-0').getOrLoad('key', never, { timeoutMs: 1000 })
  await expect(pods.until(late)).rejects.toMatchObject({ code: 'ERR_CACHE_UNAVAILABLE' })
  setClock(pods, -HOUR_MS)
  await pods.test.advance(60_000)
  const found = await pods.until(pods.cache('m-1').getOrLoad('key', async () => Buffer.from('loaded')))
  expect(Buffer.from(found.value).toString()).toBe('loaded')
})

it('asks the others before it serves again when the machine has slept', async () => {
  await using pods = await startPods(2)
  await pods.set('m-0', 'key', 'value')
  expect(pods.cache('m-1').read('key')).not.toBeInstanceOf(Promise)
  // While it sleeps nothing is counted; its clock tells afterwards.
  pods.process('m-1').skewMs += 10_000
  const found = pods.cache('m-1').read('key')
  expect(found).toBeInstanceOf(Promise)
  expect(await pods.until(Promise.resolve(found))).toMatchObject({ kept: 'value' })
  await pods.test.advance(100)
  expect(pods.cache('m-1').read('key')).not.toBeInstanceOf(Promise)
})
