// Removing all keys with a prefix.
import { expect, it } from 'vitest'
import { Invalidations } from '../src/invalidation/invalidations.ts'
import { type Pods, startPods } from './pods.ts'

async function fill(pods: Pods): Promise<void> {
  const all = Array.from({ length: 50 }, (_, i) => ['user:', 'order:'].map((kind) => `${kind}${i}`)).flat()
  await pods.until(
    Promise.all(all.map((key, i) => pods.cache(pods.names[i % 2] as string).set(key, Buffer.from('old')))),
  )
}

async function left(pods: Pods, prefix: string): Promise<number> {
  let count = 0
  for (const name of pods.names) {
    for (let i = 0; i < 50; i++) if ((await pods.get(name, `${prefix}${i}`)) !== undefined) count++
  }
  return count / pods.names.length
}

it('removes what is there in all pods, and nothing else', async () => {
  await using pods = await startPods(3)
  await fill(pods)
  expect(await pods.until(pods.cache('m-2').invalidate('user:'))).toBe(50)
  expect(await left(pods, 'user:')).toBe(0)
  expect(await left(pods, 'order:')).toBe(50)
  await pods.set('m-0', 'user:1', 'new')
  expect(await pods.get('m-1', 'user:1')).toBe('new')
  expect(await pods.until(pods.cache('m-0').invalidate(''))).toBe(51)
})

it('removes what a pod has written whose clock is ahead', async () => {
  await using pods = await startPods(2)
  await pods.add('m-2', 20_000)
  await pods.ready()
  await fill(pods)
  for (let i = 0; i < 50; i++) await pods.set('m-2', `user:${i}`, 'later')
  await pods.until(pods.cache('m-0').invalidate('user:'))
  expect(await left(pods, 'user:')).toBe(0)
  await pods.set('m-0', 'user:1', 'new')
  expect(await pods.get('m-1', 'user:1')).toBe('new')
})

it.each([0, 1, 2, 3, 4, 5, 6, 7])(
  'is not undone by a handover that is under way (after %d quarters of a ms)',
  async (afterMs) => {
    await using pods = await startPods(2, { seed: afterMs })
    await fill(pods)
    await pods.add()
    await pods.test.until(() =>
      pods.test
        .cluster('m-0')
        .view.members.some(
          ({ name, metadata }) =>
            name === 'm-2' && (metadata as { cache?: { isJoined?: boolean } })?.cache?.isJoined === true,
        ),
    )
    await pods.test.advance(afterMs / 4)
    await pods.until(pods.cache('m-1').invalidate('user:'))
    await pods.ready()
    expect(await left(pods, 'user:')).toBe(0)
    expect(await left(pods, 'order:')).toBe(50)
  },
)

it('holds for a pod that was away meanwhile', async () => {
  await using pods = await startPods(3)
  await fill(pods)
  pods.test.cut(['m-2'])
  await pods.test.advance(15_000)
  await pods.until(pods.cache('m-1').invalidate('user:'))
  pods.test.heal()
  await pods.test.advance(5000)
  await pods.ready()
  expect(await left(pods, 'user:')).toBe(0)
  expect(await left(pods, 'order:')).toBe(50)
})

it('rejects when a pod does not confirm it', async () => {
  await using pods = await startPods(3)
  await fill(pods)
  pods.freeze('m-2')
  const call = pods.cache('m-0').invalidate('user:', { timeoutMs: 500 })
  await expect(pods.until(call)).rejects.toMatchObject({ code: 'ERR_CACHE_UNAVAILABLE' })
})

it('keeps few invalidations in mind, and joins the oldest ones', () => {
  const invalidations = new Invalidations()
  for (let i = 0; i < 200; i++) invalidations.add({ prefix: `a:${i}:`, version: i + 1 })
  expect(invalidations.all).toHaveLength(128)
  for (let i = 0; i < 200; i++) {
    expect(invalidations.covers(`a:${i}:x`, i)).toBe(true)
    expect(invalidations.covers(`b:${i}:x`, i)).toBe(false)
    expect(invalidations.covers(`a:${i}:x`, 200)).toBe(false)
  }
  expect(invalidations.add({ prefix: 'a:199:b', version: 200 })).toBe(false)
  invalidations.forget(201)
  expect(invalidations.all).toEqual([])
})
