// Writes whose callers have given up: what has not begun is never done, and what has begun comes above nothing that is newer.
import { describe, expect, it } from 'vitest'
import { keyOf, type Pods, startPods } from './pods.ts'

const value = (text: string) => Buffer.from(text)
const gaveUp = new Error('the client has gone')

/** Begins a write; the promise says what its caller was told. */
function begin(pods: Pods, pod: string, key: string, text: string) {
  const controller = new AbortController()
  const { signal } = controller
  const told = pods
    .cache(pod)
    .set(key, value(text), { signal })
    .then(
      () => 'written',
      (error: unknown) => error,
    )
  return { told, giveUp: () => controller.abort(gaveUp) }
}

describe('a write that is given up', () => {
  it.each(['m-0', 'm-1'])('is not done any more where no owner can decide about it (at %s)', async (pod) => {
    await using pods = await startPods(4)
    pods.test.cut(['m-0'], ['m-2'])
    pods.kill('m-3')
    await pods.test.advance(3000)
    const [key, other] = [keyOf(pods, 'm-0', 'm-2', 'a'), keyOf(pods, 'm-0', 'm-2', 'b')]
    const { told, giveUp } = begin(pods, pod, key, 'given up')
    const goesOn = begin(pods, pod, other, 'goes on')
    await pods.test.advance(1000)
    giveUp()
    expect(await pods.until(told)).toBe(gaveUp)
    pods.test.heal()
    expect(await pods.until(goesOn.told)).toBe('written')
    await pods.test.advance(5000)
    for (const name of pods.names) expect(await pods.get(name, key)).toBeUndefined()
  })

  it('goes no further where its value is large', async () => {
    await using pods = await startPods(3)
    const key = keyOf(pods, 'm-0', 'm-2')
    const large = 'x'.repeat(500_000)
    const all = Array.from({ length: 12 }, () => begin(pods, 'm-1', key, large))
    await pods.test.advance(0.1)
    for (const { giveUp } of all) giveUp()
    for (const { told } of all) expect(await pods.until(told)).toBe(gaveUp)
    await pods.test.advance(5000)
    expect(await pods.get('m-0', key)).toBeUndefined()
    await pods.set('m-1', key, large)
    expect(await pods.get('m-0', key)).toBe(large)
  })

  it('is not done any more where it waits for its turn, in whatever pod', async () => {
    await using pods = await startPods(3)
    const key = keyOf(pods, 'm-0', 'm-2')
    const [first, second] = pods.cache('m-1').ownersOf(key)
    await pods.until(pods.cache('m-1').increment(key, 1n))
    pods.freeze(second?.name as string)
    const controller = new AbortController()
    const { signal } = controller
    const pod = pods.names.find((name) => name !== second?.name && name !== first?.name) as string
    const increments = Array.from({ length: 5 }, () => pods.cache(pod).increment(key, 1n, { signal }))
    const told = Promise.allSettled(increments)
    await pods.test.advance(500)
    controller.abort(gaveUp)
    expect(new Set((await told).map((one) => one.status === 'rejected' && one.reason))).toEqual(
      new Set([gaveUp]),
    )
    await pods.test.advance(5000)
    // The first of them was with the frozen owner by then, perhaps.
    expect(await pods.until(pods.cache(pod).increment(key, 1n))).toBeLessThanOrEqual(3n)
  })

  it('comes above nothing that is written later on', async () => {
    await using pods = await startPods(3)
    const key = keyOf(pods, 'm-0', 'm-2')
    await pods.set('m-0', key, 'first')
    pods.freeze('m-2')
    const earlier = Array.from({ length: 8 }, (_, i) => begin(pods, `m-${i % 2}`, key, `given up ${i}`))
    await pods.test.advance(1001)
    for (const { giveUp } of earlier) giveUp()
    const later = pods.cache('m-0').set(key, value('later'), { timeoutMs: 10_000 })
    expect(await pods.until(later)).toMatchObject({ isWritten: true })
    for (let i = 0; i < 30; i++) {
      expect(await pods.get(`m-${i % 2}`, key)).toBe('later')
      await pods.test.advance(100)
    }
  })

  // What a pod has sent waits in its links while it is cut off, and goes on its way when they heal.
  it.each(['m-1', 'm-0'])(
    'comes above nothing that is written while its pod is cut off (of an owner and %s)',
    async (owner) => {
      await using pods = await startPods(3)
      const key = keyOf(pods, owner, 'm-2')
      pods.process('m-1').skewMs = 20_000
      for (let seconds = 5; seconds < 25; seconds += 2) {
        await pods.set('m-0', key, 'first')
        pods.test.cut(['m-1'])
        const { told, giveUp } = begin(pods, 'm-1', key, 'given up')
        await pods.test.advance(500)
        giveUp()
        expect(await pods.until(told)).toBe(gaveUp)
        await pods.test.advance(seconds * 1000)
        await pods.set('m-0', key, 'later')
        pods.test.heal()
        for (let i = 0; i < 50; i++) {
          expect(await pods.get('m-2', key)).toBe('later')
          await pods.test.advance(100)
        }
        await pods.ready()
      }
    },
  )

  it('is not done by a pod that stood still until its caller had gone', async () => {
    await using pods = await startPods(3)
    const key = keyOf(pods, 'm-0', 'm-2')
    for (const pod of ['m-1', 'm-0']) {
      pods.freeze(pod)
      await pods.test.advance(3000)
      // As if it had waited in the socket; so has the end of the connection, which is seen a turn of the loop later.
      const { told, giveUp } = begin(pods, pod, key, 'given up')
      pods.thaw(pod)
      await pods.test.advance(1)
      giveUp()
      expect(await pods.until(told)).toBe(gaveUp)
      await pods.test.advance(5000)
      expect(await pods.get('m-2', key)).toBeUndefined()
    }
  })

  it('is not done where its connection was taken late, for the pod stood still a moment ago', async () => {
    await using pods = await startPods(3)
    const key = keyOf(pods, 'm-0', 'm-2')
    for (const pod of ['m-0', 'm-1']) {
      pods.freeze(pod)
      await pods.test.advance(3000)
      pods.thaw(pod)
      await pods.test.advance(1000)
      const { told, giveUp } = begin(pods, pod, key, 'given up')
      await pods.test.advance(1)
      giveUp()
      expect(await pods.until(told)).toBe(gaveUp)
      await pods.test.advance(5000)
      expect(await pods.get('m-2', key)).toBeUndefined()
    }
  })

  it('is not begun when that was so before', async () => {
    await using pods = await startPods(1)
    const signal = AbortSignal.abort(gaveUp)
    const cache = pods.cache('m-0')
    await expect(cache.set('key', value('x'), { signal })).rejects.toBe(gaveUp)
    await expect(cache.increment('key', 1n, { signal })).rejects.toBe(gaveUp)
    await expect(cache.getOrLoad('key', async () => value('x'), { signal })).rejects.toBe(gaveUp)
    expect(await pods.get('m-0', 'key')).toBeUndefined()
  })
})

it('lets who has given up a read or a load wait no longer', async () => {
  await using pods = await startPods(2)
  const controller = new AbortController()
  const never = () => new Promise<Uint8Array>(() => {})
  const load = pods.cache('m-0').getOrLoad('key', never, { signal: controller.signal })
  const told = load.catch((error: unknown) => error)
  await pods.test.advance(100)
  controller.abort(gaveUp)
  expect(await pods.until(told)).toBe(gaveUp)
})

describe('a write that is decided elsewhere, since the link to the owner that was about it is reset,', () => {
  it.each([0, 10_000])(
    'comes above nothing that is written later, with a clock %d ms ahead',
    async (skewMs) => {
      let count = 0
      await using pods = await startPods(4, { seed: 5, skewMs: () => (count++ === 0 ? skewMs : 0) })
      const key = keyOf(pods, 'm-0', 'm-1')
      const wrong: string[] = []
      for (let i = 0; i < 40; i++) {
        const writes = pods
          .cache('m-2')
          .set(key, value('first'))
          .then(async () => {
            for (const text of ['second', 'third', `last ${i}`]) await pods.cache('m-2').set(key, value(text))
          })
        await pods.test.advance(i / 10)
        pods.test.resetLinks('m-0')
        await pods.until(writes)
        await pods.test.advance(500)
        const last = await pods.get('m-1', key)
        if (last !== `last ${i}`) wrong.push(`${i}: ${last}`)
      }
      expect(wrong).toEqual([])
    },
  )
})

it('does not come above what another owner writes after it, where its own clock is ahead', async () => {
  let count = 0
  await using pods = await startPods(3, { seed: 5, skewMs: () => (count++ === 0 ? 10_000 : 0) })
  const key = keyOf(pods, 'm-0', 'm-1')
  const wrong: string[] = []
  for (let i = 0; i < 40; i++) {
    pods.test.resetLinks('m-1')
    await pods.test.advance((i % 8) / 8)
    const { told, giveUp } = begin(pods, 'm-0', key, 'given up')
    await pods.test.advance(i / 2)
    giveUp()
    await told
    await pods.set('m-1', key, `last ${i}`)
    await pods.test.advance(500)
    const last = await pods.get('m-1', key)
    if (last !== `last ${i}`) wrong.push(`${i}: ${last}`)
  }
  expect(wrong).toEqual([])
})
