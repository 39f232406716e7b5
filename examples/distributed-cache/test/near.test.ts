// Copies of keys that are read often, under leases of their owners.
import { describe, expect, it } from 'vitest'
import { Heat } from '../src/near/heat.ts'
import { NearCache } from '../src/near/near-cache.ts'
import { Entry } from '../src/store/entry.ts'
import { readOften, startPods } from './pods.ts'

const entry = (partition = 1, expiresAtMs?: number) =>
  new Entry(partition, Buffer.from('x'), 1, 'm-0', expiresAtMs)

describe('heat', () => {
  it('takes a key for hot that is read often, and forgets it', () => {
    const heat = new Heat()
    let first = 0
    for (let i = 1; i <= 200 && first === 0; i++) if (heat.isHot('hot', 1000)) first = i
    expect(first).toBe(64)
    expect(heat.isHot('cold', 1000)).toBe(false)
    expect(heat.isHot('hot', 1260)).toBe(true)
    expect(heat.isHot('hot', 1520)).toBe(false)
  })

  it('takes none for hot that is read now and then', () => {
    const heat = new Heat()
    for (let now = 0; now < 10_000; now += 10) expect(heat.isHot('key', now)).toBe(false)
  })

  it('stays bounded however many keys there are', () => {
    const heat = new Heat()
    for (let i = 0; i < 100_000; i++) heat.isHot(`key ${i}`, 1000)
    for (let i = 0; i < 100; i++) heat.isHot('hot', 1300)
    expect(heat.isHot('hot', 1300)).toBe(true)
  })
})

describe('near copies', () => {
  it('end with their lease, and with the entry', () => {
    const near = new NearCache(1e6)
    near.put('a', entry(), 100, 1000)
    near.put('b', entry(1, 1050), 100, 1000)
    expect(near.get('a', 1099, 1099)).toBeDefined()
    expect(near.get('b', 1049, 1049)).toBeDefined()
    expect(near.get('a', 1100, 1100)).toBeUndefined()
    expect(near.get('b', 1050, 1050)).toBeUndefined()
  })

  it('are not of what was asked for before a write of this pod', () => {
    const near = new NearCache(1e6)
    near.wrote('a', 1, 1000)
    near.put('a', entry(), 100, 1000)
    expect(near.get('a', 1001, 1001)).toBeUndefined()
    near.put('a', entry(), 100, 1001)
    near.wrote('a', 1, 1002)
    expect(near.get('a', 1003, 1003)).toBeUndefined()
  })
})

describe('a key that is read often', () => {
  it('is answered from a near copy, which is older by no more than the lease', async () => {
    await using pods = await startPods(3)
    await pods.set('m-0', 'key', 'old')
    const reader = await readOften(pods, 'key')
    const { forwarded, nearHits } = pods.cache(reader).stats
    expect(forwarded + nearHits).toBe(1000)
    expect(nearHits).toBeGreaterThan(700)
    const other = pods.names.find((name) => name !== reader) as string
    await pods.set(other, 'key', 'new')
    await pods.test.advance(100)
    expect(await pods.get(reader, 'key')).toBe('new')
  })

  it('is read as it was written by the pod itself, and as it was invalidated', async () => {
    await using pods = await startPods(3)
    await pods.set('m-0', 'key', 'old')
    const reader = await readOften(pods, 'key')
    await pods.set(reader, 'key', 'new')
    expect(await pods.get(reader, 'key')).toBe('new')
    await readOften(pods, 'key')
    await pods.until(pods.cache('m-0').invalidate('k'))
    expect(await pods.get(reader, 'key')).toBeUndefined()
  })

  it('has no near copy where the lease is 0', async () => {
    await using pods = await startPods(3, { nearLeaseMs: 0 })
    await pods.set('m-0', 'key', 'old')
    const reader = await readOften(pods, 'key')
    expect(pods.cache(reader).stats).toMatchObject({ nearHits: 0, forwarded: 1000 })
  })
})
