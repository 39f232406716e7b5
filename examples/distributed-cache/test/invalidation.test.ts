// Removing all keys with a prefix.
import { describe, expect, it } from 'vitest'
import { Invalidations, MAX_KEPT, toExcerpt } from '../src/invalidation/invalidations.ts'
import { versionAt } from '../src/store/hybrid-clock.ts'
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

it('ends when its pod has left meanwhile', async () => {
  await using pods = await startPods(3)
  pods.freeze('m-2')
  const call = pods.cache('m-0').invalidate('user:', { timeoutMs: 60_000 })
  const ended = expect(call).rejects.toMatchObject({ code: 'ERR_CACHE_CLOSED' })
  await pods.until(pods.test.cluster('m-0').leave({ timeoutMs: 100, handoverTimeoutMs: 100 }))
  await pods.until(ended)
})

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

it('removes nothing but what was asked for, however often', async () => {
  await using pods = await startPods(3)
  await fill(pods)
  for (let i = 0; i < 300; i++) {
    const prefix = i % 2 === 0 ? `session:${i}:` : `zone:${i}:`
    expect(await pods.until(pods.cache('m-0').invalidate(prefix))).toBe(0)
  }
  expect([await left(pods, 'user:'), await left(pods, 'order:')]).toEqual([50, 50])
})

it('is refused when too many are kept in mind, and done again when they are forgotten', async () => {
  await using pods = await startPods(2)
  await fill(pods)
  const { invalidations } = pods.cache('m-0').store
  const version = versionAt(pods.process('m-0').date())
  for (let i = 0; i < MAX_KEPT; i++) invalidations.add({ prefix: `a:${i}:`, version: version + i })
  const call = pods.cache('m-0').invalidate('user:')
  await expect(pods.until(call)).rejects.toMatchObject({ code: 'ERR_CACHE_UNAVAILABLE' })
  expect(await left(pods, 'user:')).toBe(50)
  await pods.test.advance(12 * 60_000)
  expect(await pods.until(pods.cache('m-0').invalidate('user:'))).toBe(50)
})

it('tells a pod that comes of all there are, be they thousands', async () => {
  await using pods = await startPods(2)
  await fill(pods)
  const version = versionAt(pods.process('m-0').date())
  const many = Array.from({ length: 4500 }, (_, i) => ({ prefix: `a:${i}:`, version: version + i }))
  pods.cache('m-1').store.invalidate(many)
  await pods.add()
  await pods.ready()
  await pods.test.until(() => pods.names.every((name) => pods.cache(name).store.invalidations.size === 4500))
  await pods.ready()
  for (const name of pods.names) {
    const { invalidations } = pods.cache(name).store
    expect(invalidations.size).toBe(4500)
    expect(invalidations.covers('a:2000:x', version - 1)).toBe(true)
  }
})

describe('a list of invalidations', () => {
  it('joins none of them, and is told in excerpts', () => {
    const [mine, others] = [new Invalidations(), new Invalidations()]
    for (let i = 0; i < 2500; i++) mine.add({ prefix: `a:${i}:`, version: i + 1 })
    let heard = 0
    for (let { to, end } = { to: 0, end: 1 }; to < end; heard = to) {
      const excerpt = toExcerpt(structuredClone(mine.after(heard)))
      expect(excerpt.from).toBe(heard)
      for (const one of excerpt.invalidations) others.add(one)
      ;({ to, end } = excerpt)
    }
    for (const list of [mine, others]) {
      for (let i = 0; i < 2500; i++) {
        expect(list.covers(`a:${i}:x`, i)).toBe(true)
        expect(list.covers(`b:${i}:x`, i)).toBe(false)
        expect(list.covers(`a:${i}:x`, i + 1)).toBe(false)
      }
    }
    expect(mine.last()).toMatchObject({ from: 1500, to: 2500, end: 2500 })
    expect(mine.after(2499).invalidations).toEqual([{ prefix: 'a:2499:', version: 2500 }])
    expect(mine.add({ prefix: 'a:2499:b', version: 2500 })).toBe(false)
    mine.forget(2501)
    expect(mine.size).toBe(0)
    expect(mine.last()).toEqual({ from: 0, to: 2500, end: 2500, invalidations: [] })
  })

  it('has room for a prefix that makes others needless', () => {
    const list = new Invalidations()
    for (let i = 0; i < MAX_KEPT; i++) list.add({ prefix: `a:${i}:`, version: 5 })
    expect([
      list.isFullFor('b:'),
      list.isFullFor('a:7:'),
      list.isFullFor('a:7:x'),
      list.isFullFor(''),
    ]).toEqual([true, false, true, false])
    list.add({ prefix: 'b:', version: 5 })
    expect(list.size).toBe(MAX_KEPT + 1)
    list.add({ prefix: 'a', version: 6 })
    expect(list.size).toBe(2)
    expect(list.newest('a:7:')).toBe(6)
  })
})
