// A pod with another number of copies than the others: keys would be in two placements at a time.
import { createTestCluster } from '@rollcall/testkit'
import { describe, expect, it } from 'vitest'
import { podStateOf } from '../src/placement/pod-state.ts'
import { Pods, startPods } from './pods.ts'

const WRITE_MS = 1000

/** Whether a pod can write now, each with its own word. */
async function writes(pods: Pods, name: string): Promise<boolean> {
  const set = pods.cache(name).set('who', Buffer.from(name), { timeoutMs: WRITE_MS })
  return pods.until(
    set.then(
      () => true,
      () => false,
    ),
  )
}

/** Pods with these numbers of copies, started at the same time. */
async function startMixed(numbers: readonly number[], expectedSize = numbers.length): Promise<Pods> {
  const pods = new Pods(await createTestCluster(0, { seed: 1, joinOptions: { expectedSize } }), {})
  for (const replicas of numbers) await pods.add(undefined, 0, { replicas })
  return pods
}

describe('a pod with another number of copies', () => {
  it('leaves a healthy cluster undisturbed, owns nothing, and says why it is not ready', async () => {
    await using pods = await startPods(3)
    await pods.set('m-0', 'key', 'value')
    const odd = await pods.add(undefined, 0, { replicas: 3 })
    const before = pods.test.now
    for (let i = 0; i < 100; i++) {
      const from = pods.test.now
      await pods.set(`m-${i % 3}`, 'key', `value ${i}`)
      expect(pods.test.now - from).toBeLessThan(100)
      await pods.test.advance(50)
    }
    expect(pods.test.now - before).toBeGreaterThan(5000)
    expect(pods.cache(odd).readiness).toEqual({
      isReady: false,
      reason: 'replicas-differ',
      text: 'm-0 (and 2 more) keep 2 copies of each key, this pod 3: REPLICAS (the option replicas) must be the same in all pods.',
    })
    for (const name of ['m-0', 'm-1', 'm-2']) {
      expect(pods.isReady(name)).toBe(true)
      expect(pods.cache(name).mismatch).toBe(
        'm-3 keeps 3 copies of each key, this pod 2: REPLICAS (the option replicas) must be the same in all pods.',
      )
      expect(await pods.get(name, 'key')).toBe('value 99')
    }
    expect(pods.cache(odd).ownersOf('key')).toEqual([])
    expect(await writes(pods, odd)).toBe(false)
    await expect(pods.until(pods.cache(odd).invalidate('', { timeoutMs: WRITE_MS }))).rejects.toMatchObject({
      code: 'ERR_CACHE_UNAVAILABLE',
    })
    await expect(pods.get(odd, 'key')).rejects.toMatchObject({ code: 'ERR_CACHE_UNAVAILABLE' })
    await pods.leave(odd)
    expect(pods.cache('m-0').mismatch).toBeUndefined()
  })

  it('takes over, empty, once all with the old number have gone', async () => {
    await using pods = await startPods(2)
    await pods.set('m-0', 'key', 'value')
    const odd = await pods.add(undefined, 0, { replicas: 1 })
    for (let i = 0; i < 2; i++) await pods.add(undefined, 0, { replicas: 1 })
    await pods.test.advance(1000)
    await pods.leave('m-0')
    expect(await pods.get('m-1', 'key')).toBe('value')
    expect(pods.isReady(odd)).toBe(false)
    await pods.leave('m-1')
    await pods.test.until(() => pods.isReady(odd), { withinMs: 30_000 })
    expect(await pods.get(odd, 'key')).toBeUndefined()
    expect(await writes(pods, odd)).toBe(true)
  })

  it.each([
    [
      [2, 3, 3],
      ['m-1', 'm-2'],
    ],
    [
      [2, 2, 3],
      ['m-0', 'm-1'],
    ],
    [[3, 2], ['m-0']],
  ])('waits at a fresh start of %j where the others are more, or come first', async (numbers, first) => {
    await using pods = await startMixed(numbers)
    await pods.test.until(() => first.every((name) => pods.isReady(name)), { withinMs: 30_000 })
    for (const name of pods.names) expect(await writes(pods, name), name).toBe(first.includes(name))
    for (const name of pods.names) expect(pods.isReady(name), name).toBe(first.includes(name))
  })

  it('stands down when it meets more of them, with whom it was not linked before', async () => {
    const test = await createTestCluster(0, { seed: 1 })
    await using pods = new Pods(test, {})
    const odd = await pods.add(undefined, 0, { replicas: 3 })
    await pods.ready()
    await pods.set(odd, 'key', 'odd')
    test.cut([odd])
    for (let i = 0; i < 3; i++) await pods.add()
    await pods.ready()
    expect(pods.isReady(odd)).toBe(true)
    await pods.set('m-1', 'key', 'value')
    test.heal()
    // Who owns keys of two placements at a time takes no write.
    const areMet = () => pods.cache('m-1').mismatch !== undefined && pods.cache(odd).mismatch !== undefined
    await test.until(areMet, { withinMs: 60_000 })
    await test.until(() => !pods.isReady(odd), { withinMs: 5000 })
    expect(await writes(pods, odd)).toBe(false)
    expect(await writes(pods, 'm-1')).toBe(true)
    expect(await pods.get('m-2', 'key')).toBe('value')
    await expect(pods.get(odd, 'key')).rejects.toMatchObject({ code: 'ERR_CACHE_UNAVAILABLE' })
    for (const name of ['m-1', 'm-2', 'm-3']) expect(pods.isReady(name)).toBe(true)
  })
})

describe('the number of copies that a pod tells', () => {
  it.each([0, 17, 1.5, '2', null, undefined, Number.NaN])('does not count where it is %j', (replicas) => {
    expect(podStateOf({ metadata: { cache: { isJoined: true, replicas } } })).toEqual({
      ...{ isJoined: true, holds: null },
      replicas: undefined,
    })
  })

  it('counts from 1 to 16', () => {
    for (const replicas of [1, 16]) {
      expect(podStateOf({ metadata: { cache: { replicas } } })?.replicas).toBe(replicas)
    }
  })
})
