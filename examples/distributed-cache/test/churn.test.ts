// What becomes of the keys when pods come, go, die, freeze and are cut off.
import { describe, expect, it, vi } from 'vitest'
import { keyOf, type Pods, startPods } from './pods.ts'

const KEYS = Array.from({ length: 100 }, (_, i) => `key ${i}`)

async function fill(pods: Pods, value: string, names = pods.names): Promise<void> {
  await pods.until(
    Promise.all(
      KEYS.map((key, i) => pods.cache(names[i % names.length] as string).set(key, Buffer.from(value))),
    ),
  )
}

/** So many that some are in every part of the key space. */
const MANY_KEYS = Array.from({ length: 2000 }, (_, i) => `key ${i}`)

async function fillMany(pods: Pods, value: string, names = pods.names): Promise<void> {
  const cacheOf = (i: number) => pods.cache(names[i % names.length] as string)
  await pods.until(Promise.all(MANY_KEYS.map((key, i) => cacheOf(i).set(key, Buffer.from(value)))))
}

async function expectAll(pods: Pods, value: string, names = pods.names): Promise<void> {
  for (const name of names) {
    const values = await pods.until(Promise.all(KEYS.map(async (key) => pods.cache(name).get(key))))
    expect(values.map((found) => found && Buffer.from(found.value).toString())).toEqual(KEYS.map(() => value))
  }
}

describe('a pod that comes', () => {
  it('has what it owns before it is ready', async () => {
    await using pods = await startPods(2)
    await fill(pods, 'old')
    await pods.add()
    await pods.ready()
    pods.kill('m-0')
    await expectAll(pods, 'old')
  })

  it('comes with two others, and every key can be read and written meanwhile', async () => {
    await using pods = await startPods(3, { expectedSize: 3 })
    await fill(pods, 'old')
    for (let i = 0; i < 3; i++) await pods.add()
    await pods.test.advance(200)
    let longest = 0
    for (let i = 0; !pods.names.every((name) => pods.isReady(name)); i++) {
      const before = pods.test.now
      const key = KEYS[i % KEYS.length] as string
      expect(await pods.get(`m-${i % 3}`, key)).toBe('old')
      await pods.set(`m-${i % 3}`, key, 'old')
      longest = Math.max(longest, pods.test.now - before)
      await pods.test.advance(1)
    }
    expect(longest).toBeLessThan(100)
    await expectAll(pods, 'old')
  })
})

describe('a pod that leaves', () => {
  it('hands over before its goodbye, one after the other, and takes its place again', async () => {
    await using pods = await startPods(3)
    await fill(pods, 'value')
    for (const name of ['m-0', 'm-1', 'm-2']) {
      await pods.leave(name)
      await expectAll(pods, 'value')
      await pods.restart(name)
      await pods.ready()
    }
    await expectAll(pods, 'value')
  })

  it('hands over what only it has', async () => {
    await using pods = await startPods(3, { replicas: 1 })
    await fill(pods, 'value')
    await pods.leave('m-1')
    await expectAll(pods, 'value')
  })
})

/** The least that there may be. */
const MAX_BYTES = 1_050_496

describe('pods with too little room for what another one had', () => {
  it('keep what was used last while all are restarted one after the other', async () => {
    await using pods = await startPods(3, { maxBytes: MAX_BYTES })
    const keys = (kind: string, count: number) => Array.from({ length: count }, (_, i) => `${kind} ${i}`)
    const [cold, hot] = [keys('cold', 950), keys('hot', 80)]
    for (const key of [...cold, ...hot]) await pods.set('m-0', key, 'x'.repeat(300))
    const { bytes, evictions } = pods.cache('m-0').stats
    expect(bytes).toBeGreaterThan(0.75 * MAX_BYTES)
    expect(evictions).toBe(0)
    for (const name of ['m-0', 'm-1', 'm-2']) {
      await pods.leave(name)
      await pods.ready()
      await pods.restart(name)
      await pods.ready()
    }
    const lost = async (all: string[]) => {
      const found = await pods.until(Promise.all(all.map((key) => pods.cache('m-1').get(key))))
      return found.filter((one) => one === undefined).length
    }
    expect(await lost(cold)).toBeGreaterThan(100)
    expect(await lost(hot)).toBe(0)
  })
})

describe('a pod that is killed', () => {
  it('loses nothing, and its keys have two copies again', async () => {
    await using pods = await startPods(5)
    await fill(pods, 'value')
    for (const name of ['m-4', 'm-3']) {
      pods.kill(name)
      await expectAll(pods, 'value')
      await pods.ready()
    }
    await expectAll(pods, 'value')
  })

  it('keeps no read waiting for more than half a second', async () => {
    await using pods = await startPods(3)
    await fill(pods, 'value')
    pods.kill('m-2')
    const before = pods.test.now
    await expectAll(pods, 'value')
    expect(pods.test.now - before).toBeLessThan(500)
  })
})

describe('a pod that is frozen', () => {
  it('keeps no read waiting for much more than 100 ms, be the key there or not', async () => {
    await using pods = await startPods(3)
    await fill(pods, 'value')
    pods.freeze('m-2')
    const keys = [...KEYS, 'absent 1', 'absent 2', 'absent 3', 'absent 4', 'absent 5']
    for (const reader of ['m-0', 'm-1']) {
      const before = pods.test.now
      const found = await pods.until(Promise.all(keys.map((key) => pods.cache(reader).get(key))))
      expect(found.filter((one) => one !== undefined).length).toBe(KEYS.length)
      expect(pods.test.now - before).toBeLessThan(150)
    }
  })
})

describe('a pod that is frozen for long', () => {
  it('does not answer with what is old when it wakes up, nor overwrites what is new', async () => {
    await using pods = await startPods(3)
    await fill(pods, 'old')
    pods.freeze('m-1')
    await fill(pods, 'new', ['m-0', 'm-2'])
    await pods.test.advance(2000)
    pods.thaw('m-1')
    await expectAll(pods, 'new', ['m-1'])
    await pods.ready()
    await expectAll(pods, 'new')
  })

  it('answers nothing old in the moment it wakes up', async () => {
    await using pods = await startPods(3)
    await fill(pods, 'old')
    pods.freeze('m-1')
    await fill(pods, 'new', ['m-0', 'm-2'])
    pods.thaw('m-1')
    const found = await pods.until(Promise.all(KEYS.map(async (key) => pods.cache('m-1').read(key))))
    expect(new Set(found.map((one) => Buffer.from(one?.kept ?? []).toString()))).toEqual(new Set(['new']))
  })
})

describe('a pod that comes back from a freeze and freezes again', () => {
  it('is not taken for one that has what it owns, however old its word for it is', async () => {
    await using pods = await startPods(3)
    await fillMany(pods, 'old')
    pods.freeze('m-1')
    await fillMany(pods, 'new', ['m-0', 'm-2'])
    pods.thaw('m-1')
    const isBack = (name: string) =>
      pods.test.cluster(name).view.members.every(({ state }) => state === 'alive')
    while (!isBack('m-0') || !isBack('m-2')) await pods.test.advance(1)
    pods.freeze('m-1')
    // Time enough to let go of what it owns.
    await pods.test.advance(3000)
    pods.kill('m-0')
    await pods.test.advance(1000)
    pods.thaw('m-1')
    await pods.ready()
    const values = await pods.until(Promise.all(MANY_KEYS.map((key) => pods.cache('m-2').get(key))))
    expect(values.filter((found) => Buffer.from(found?.value ?? []).toString() !== 'new')).toEqual([])
  })
})

describe('a partition', () => {
  it('has reads marked stale and writes refused in the minority, and all agree afterwards', async () => {
    await using pods = await startPods(3)
    await fill(pods, 'old')
    pods.test.cut(['m-2'])
    await pods.test.advance(3000)
    const found = await pods.until(
      Promise.all(
        KEYS.map(async (key) =>
          pods
            .cache('m-2')
            .get(key, { timeoutMs: 1000 })
            .catch(() => undefined),
        ),
      ),
    )
    const known = found.filter((one) => one !== undefined)
    expect(known.length).toBeGreaterThan(40)
    expect(known.every(({ isStale }) => isStale)).toBe(true)
    await expect(pods.set('m-2', 'key 1', 'wrong')).rejects.toMatchObject({ code: 'ERR_CACHE_MINORITY' })
    await fill(pods, 'new', ['m-0', 'm-1'])
    pods.test.heal()
    const readUnmarked = async () => (await pods.until(pods.cache('m-2').get('key 1')))?.isStale === false
    while (!(await readUnmarked())) await pods.test.advance(1)
    await expectAll(pods, 'new')
    await pods.ready()
    await expectAll(pods, 'new')
  })

  it.each([0.5, 1, 1.5, 2, 2.5, 5])(
    'never says that nothing was done of a write that was, cut off %d ms later',
    async (ms) => {
      for (const kind of ['set', 'delete'] as const) {
        await using pods = await startPods(3)
        const key = keyOf(pods, 'm-1', 'm-2')
        await pods.set('m-1', key, 'old')
        const cache = pods.cache('m-0')
        const writing = kind === 'set' ? cache.set(key, Buffer.from('new')) : cache.delete(key)
        const code = writing.then(
          () => 'done',
          (error: { code: string }) => error.code,
        )
        await pods.test.advance(ms)
        pods.test.cut(['m-0'])
        const told = await pods.until(code)
        const isDone = (await pods.get('m-1', key)) !== 'old'
        if (isDone) expect(['done', 'ERR_CACHE_UNAVAILABLE']).toContain(told)
        expect(isDone || told !== 'done').toBe(true)
      }
    },
  )

  it('refuses reads in the minority if so chosen', async () => {
    await using pods = await startPods(3, { inMinority: 'refuse' })
    await fill(pods, 'old')
    pods.test.cut(['m-2'])
    await pods.test.advance(3000)
    expect(() => pods.cache('m-2').read('key 1')).toThrow(
      expect.objectContaining({ code: 'ERR_CACHE_MINORITY' }),
    )
    await expectAll(pods, 'old', ['m-0'])
  })

  it('leaves what either side wrote last where no size was given', async () => {
    await using pods = await startPods(4, { expectedSize: 0 })
    await fill(pods, 'old')
    pods.test.cut(['m-0', 'm-1'], ['m-2', 'm-3'])
    await pods.test.advance(10_000)
    await pods.set('m-0', 'key 1', 'left')
    await pods.set('m-2', 'key 2', 'right')
    await pods.set('m-0', 'key 3', 'first')
    await pods.set('m-2', 'key 3', 'last')
    pods.test.heal()
    await pods.test.advance(10_000)
    await pods.ready()
    for (const name of pods.names) {
      expect(await pods.get(name, 'key 1')).toBe('left')
      expect(await pods.get(name, 'key 2')).toBe('right')
      expect(await pods.get(name, 'key 3')).toBe('last')
      expect(await pods.get(name, 'key 4')).toBe('old')
    }
  })
})

it('asks a member without a cache for nothing, also when it comes back', async () => {
  await using pods = await startPods(2, { expectedSize: 0 })
  const guest = (await pods.test.add()).view.self.name
  const seen = () => pods.test.cluster('m-0').view.members.find(({ name }) => name === guest)?.state
  await pods.test.advance(1000)
  pods.test.freeze(guest)
  await pods.test.until(() => seen() === 'failed', { withinMs: 10_000 })
  const request = vi.spyOn(pods.test.cluster('m-0'), 'request')
  pods.test.thaw(guest)
  await pods.test.until(() => seen() === 'alive', { withinMs: 10_000 })
  await pods.test.advance(5000)
  const asked = request.mock.calls.filter(([to]) => typeof to === 'object' && to.name === guest)
  expect(asked.length).toBeLessThanOrEqual(1)
})
