// Writes of the same key at the same time at different pods: none that was acknowledged is lost to one that was not.
import { describe, expect, it } from 'vitest'
import { type Pods, startPods } from './pods.ts'
import { randomFrom } from './workload.ts'

const KEYS = Array.from({ length: 24 }, (_, i) => `key ${i}`)
const bytes = (text: string) => Buffer.from(text)

/** What each owner of a key has itself, as text. */
async function atOwners(pods: Pods, key: string): Promise<string[]> {
  const owners = pods
    .cache(pods.names[0] as string)
    .ownersOf(key)
    .map(({ name }) => name)
  const found = await pods.until(Promise.all(owners.map((name) => pods.cache(name).get(key))))
  return found.map((one) => (one ? `${Buffer.from(one.value)} ${one.version} ${one.expiresAtMs}` : 'nothing'))
}

/** In rounds: each key is set at one pod while another one does something that depends on what is there. */
async function race(
  pods: Pods,
  random: () => number,
  beside: (pod: string, key: string) => Promise<unknown>,
) {
  const pick = () => pods.names[Math.floor(random() * pods.names.length)] as string
  const later = () => pods.test.sleep(random() * 3)
  const failures: unknown[] = []
  const values: string[][] = []
  for (let round = 1; round <= 10; round++) {
    await pods.until(Promise.all(KEYS.map((key) => pods.cache(pick()).set(key, bytes('0')))))
    const all = KEYS.flatMap((key) => [
      later().then(() => pods.cache(pick()).set(key, bytes('100'))),
      later().then(() => beside(pick(), key)),
    ])
    const results = await pods.until(Promise.allSettled(all))
    for (const one of results) if (one.status === 'rejected') failures.push(one.reason)
    for (const key of KEYS) values.push(await atOwners(pods, key))
  }
  return { failures, values }
}

describe.each([
  [2, 0],
  [3, 0],
  [2, 20_000],
  [3, 20_000],
])('with %d copies, and clocks up to %d ms apart, a SET', (replicas, skewMs) => {
  const start = (random: () => number) =>
    startPods(4, { replicas, skewMs: () => Math.round(random() * skewMs) })

  it('beside an INCR is not lost, nor does either fail', async () => {
    const random = randomFrom(1)
    await using pods = await start(random)
    const { failures, values } = await race(pods, random, (pod, key) => pods.cache(pod).increment(key, 1n))
    expect(failures).toEqual([])
    expect(values.filter((one) => new Set(one).size !== 1 || !/^10[01] /.test(one[0] as string))).toEqual([])
  })

  it('beside an EXPIRE is not lost, nor does either fail', async () => {
    const random = randomFrom(2)
    await using pods = await start(random)
    const { failures, values } = await race(pods, random, (pod, key) => pods.cache(pod).expire(key, 600_000))
    expect(failures).toEqual([])
    expect(values.filter((one) => new Set(one).size !== 1 || !/^100 /.test(one[0] as string))).toEqual([])
  })
})

describe('a counter that is added to all the time', () => {
  it.each([0, 20_000])('can be set, with clocks %d ms apart', async (skewMs) => {
    for (const sign of [1, -1]) {
      let count = 0
      await using pods = await startPods(2, { skewMs: () => count++ * skewMs * sign })
      let isOn = true
      const add = async () => {
        while (isOn) await pods.cache('m-0').increment('counter', 1n)
      }
      const adders = Array.from({ length: 8 }, add)
      for (const name of ['m-0', 'm-1', 'm-0', 'm-1']) {
        const before = pods.test.now
        await pods.until(pods.cache(name).set('counter', bytes('0')))
        expect(pods.test.now - before).toBeLessThan(1000)
      }
      isOn = false
      await pods.until(Promise.all(adders))
      expect(new Set(await atOwners(pods, 'counter')).size).toBe(1)
    }
  })
})

describe('writes of all kinds at all pods at once', () => {
  it.each([
    [1, 2, 0],
    [2, 3, 0],
    [3, 2, 2],
  ])('leave the same in all owners (seed %d, %d copies, %d kills)', async (seed, replicas, kills) => {
    const random = randomFrom(seed)
    await using pods = await startPods(4, { seed, replicas, skewMs: () => Math.round(random() * 5000) })
    const kinds = [
      (pod: string, key: string) => pods.cache(pod).set(key, bytes(String(Math.floor(random() * 1000)))),
      (pod: string, key: string) => pods.cache(pod).increment(key, 1n),
      (pod: string, key: string) => pods.cache(pod).expire(key, 600_000),
      (pod: string, key: string) => pods.cache(pod).set(key, bytes('7'), { condition: 'absent' }),
      (pod: string, key: string) => pods.cache(pod).delete(key),
    ]
    const act = async () => {
      const names = pods.names
      const pod = names[Math.floor(random() * names.length)] as string
      const kind = kinds[Math.floor(random() * kinds.length)] as (typeof kinds)[number]
      const done = kind(pod, `key ${Math.floor(random() * 4)}`).catch((error: unknown) => error)
      // What is asked of a pod that dies is never answered.
      return Promise.race([done, pods.test.sleep(6000)])
    }
    for (let round = 0; round < 40; round++) {
      const open = Promise.all(Array.from({ length: 12 }, () => pods.test.sleep(random() * 3).then(act)))
      const isKill = kills > 0 && round % 20 === 10
      const victim = pods.names[Math.floor(random() * pods.names.length)] as string
      if (isKill) void pods.test.sleep(2).then(() => pods.kill(victim))
      const results = await pods.until(open)
      if (kills === 0) expect(results.filter((one) => one instanceof Error)).toEqual([])
      if (isKill) await pods.test.advance(5000)
      if (isKill) await pods.restart(victim)
      await pods.ready()
      for (const key of KEYS.slice(0, 4)) expect(new Set(await atOwners(pods, key)).size, key).toBe(1)
    }
    // At rest, what is added in turn is all there.
    for (const key of KEYS.slice(0, 4)) {
      await pods.set('m-0', key, '0')
      await pods.until(Promise.all(pods.names.map((name) => pods.cache(name).increment(key, 1n))))
      for (const name of pods.names) expect(await pods.get(name, key)).toBe(String(pods.names.length))
    }
  })
})
