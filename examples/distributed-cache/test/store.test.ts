// What a pod keeps: versions, entries, and which of two is the newer.
import { partitionOf } from '@rollcall/ring'
import { describe, expect, it } from 'vitest'
import { limits } from '../src/limits.ts'
import { Entry, isNewer } from '../src/store/entry.ts'
import { HybridClock, versionAt } from '../src/store/hybrid-clock.ts'
import { bytesOf, keep } from '../src/store/kept.ts'
import { ENTRY_BYTES, MAX_ENTRY_BYTES, Store } from '../src/store/store.ts'

const MAX = 1024 * 1024

function entry(
  key: string,
  value: string | undefined,
  version: number,
  by = 'm-0',
  expiresAtMs?: number,
): Entry {
  return new Entry(
    partitionOf(key),
    value === undefined ? undefined : Buffer.from(value),
    version,
    by,
    expiresAtMs,
  )
}

describe('the hybrid clock', () => {
  it('gives rising versions, whatever the wall clock does', () => {
    let now = 1000
    const clock = new HybridClock({ now: () => 0, date: () => now })
    const versions = [clock.next(), clock.next()]
    now = 900
    versions.push(clock.next())
    now = 2000
    versions.push(clock.next())
    expect(versions).toEqual([...versions].sort((a, b) => a - b))
    expect(new Set(versions).size).toBe(4)
    expect(versions[3]).toBe(versionAt(2000))
  })

  it('goes on above what it has observed, unless that is too far ahead', () => {
    const clock = new HybridClock({ now: () => 0, date: () => 1_000_000 })
    clock.observe(versionAt(1_050_000))
    expect(clock.next()).toBe(versionAt(1_050_000) + 1)
    expect(clock.isCredible(versionAt(1_060_000))).toBe(true)
    expect(clock.isCredible(versionAt(1_060_001))).toBe(false)
    clock.observe(versionAt(1_060_001))
    expect(clock.next()).toBe(versionAt(1_050_000) + 2)
  })

  it('goes on taking what others give when the clock of the machine is set back, and nothing more', () => {
    const time = { elapsed: 0, date: 1_000_000 }
    const clock = new HybridClock({ now: () => time.elapsed, date: () => time.date })
    expect(clock.isCredible(versionAt(1_000_000))).toBe(true)
    time.elapsed += 600_000
    time.date -= 600_000
    expect(clock.isCredible(versionAt(1_660_000))).toBe(true)
    expect(clock.isCredible(versionAt(1_660_001))).toBe(false)
  })

  it('stays within safe integers until 2109', () => {
    const clock = new HybridClock({ now: () => 0, date: () => Date.UTC(2109, 0, 1) })
    expect(Number.isSafeInteger(clock.next() + 2048)).toBe(true)
  })
})

describe('the store', () => {
  it('ends up the same in whatever order entries come', () => {
    const entries = [
      entry('k', 'a', 1),
      entry('k', 'b', 2, 'm-1'),
      entry('k', 'c', 2, 'm-2'),
      entry('k', undefined, 1),
    ]
    for (let i = 0; i < 24; i++) {
      const store = new Store(MAX)
      const left = [...entries]
      for (let n = i, size = left.length; size > 0; size--) {
        store.take('k', left.splice(n % size, 1)[0] as Entry)
        n = Math.floor(n / size)
      }
      expect(Buffer.from(store.get('k')?.kept ?? []).toString()).toBe('c')
      expect(store.size).toBe(1)
    }
  })

  it('evicts the least recently used past its bytes, and forgets where they were', () => {
    const store = new Store(10 * (ENTRY_BYTES + 110))
    for (let i = 0; i < 10; i++) store.take(`key ${i}`, entry(`key ${i}`, 'x'.repeat(100), 1))
    store.get('key 0')
    store.take('more', entry('more', 'x'.repeat(100), 1))
    expect(store.get('key 0')).toBeDefined()
    expect(store.get('key 1')).toBeUndefined()
    expect(store.evictions).toBe(1)
    expect([...store.keysOf(partitionOf('key 1'))]).not.toContain('key 1')
    expect(store.bytes).toBeLessThanOrEqual(store.maxBytes)
  })

  it('says that it has not kept what is larger than all its bytes, and lists nothing of it', () => {
    const store = new Store(ENTRY_BYTES + 100)
    expect(store.take('k', entry('k', 'x', 1))).toBe(true)
    expect(store.take('k', entry('k', 'x'.repeat(100), 2))).toBe(false)
    expect(store.take('k'.repeat(101), entry('k'.repeat(101), undefined, 3))).toBe(false)
    expect([store.size, store.bytes, store.has(partitionOf('k'))]).toEqual([0, 0, false])
    expect(store.has(partitionOf('k'.repeat(101)))).toBe(false)
  })

  it('keeps the largest entry with the least that it may have', () => {
    const store = new Store(MAX_ENTRY_BYTES)
    const key = 'k'.repeat(limits.maxKeyBytes)
    expect(store.take(key, entry(key, 'x'.repeat(limits.maxValueBytes), 1))).toBe(true)
    expect(store.size).toBe(1)
  })

  it('counts tombstones in bytes and not as entries, and drops them after their time', () => {
    const store = new Store(MAX)
    store.take('a', entry('a', 'x', 1))
    store.take('a', entry('a', undefined, 2))
    store.take('b', entry('b', 'x', 1, 'm-0', 500))
    expect([store.size, store.bytes > 2 * ENTRY_BYTES]).toEqual([1, true])
    for (const key of ['a', 'b']) store.sweep(partitionOf(key), 1000, (version) => version < 2)
    expect([store.size, store.peek('a')?.isDeleted, store.peek('b')]).toEqual([0, true, undefined])
    store.sweep(partitionOf('a'), 1000, (version) => version < 3)
    expect(store.bytes).toBe(0)
  })

  it.each([
    ['one that would have lived longer', [entry('a', 'x', 1), entry('a', 'y', 2, 'm-0', 500)], true],
    ['one that comes late', [entry('a', 'y', 2, 'm-0', 500), entry('a', 'x', 1)], true],
    ['a tombstone', [entry('a', 'x', 0), entry('a', undefined, 1), entry('a', 'y', 2, 'm-0', 500)], true],
    ['one that is over as well', [entry('a', 'x', 1, 'm-0', 400), entry('a', 'y', 2, 'm-0', 500)], false],
    ['none', [entry('a', 'y', 2, 'm-0', 500)], false],
  ])('keeps a value past its time while it is young and in the place of %s', (_, entries, isKept) => {
    const store = new Store(MAX)
    for (const one of entries) store.take('a', one)
    store.sweep(partitionOf('a'), 1000, (version) => version < 2)
    expect(store.peek('a')?.version).toBe(isKept ? 2 : undefined)
    store.sweep(partitionOf('a'), 1000, (version) => version < 3)
    expect(store.bytes).toBe(0)
  })

  it('lists and drops what is in a partition', () => {
    const store = new Store(MAX)
    for (let i = 0; i < 1000; i++) store.take(`key ${i}`, entry(`key ${i}`, 'x', 1))
    const partition = partitionOf('key 5')
    expect([...store.keysOf(partition)]).toContain('key 5')
    store.drop(partition)
    expect(store.has(partition)).toBe(false)
    expect(store.get('key 5')).toBeUndefined()
    store.clear()
    expect([store.size, store.bytes]).toEqual([0, 0])
  })

  it('takes nothing that was invalidated, but what was written since', () => {
    const store = new Store(MAX)
    store.take('user:1', entry('user:1', 'old', 5))
    store.invalidate([{ prefix: 'user:', version: 10 }])
    expect(store.get('user:1')).toBeUndefined()
    expect(store.take('user:2', entry('user:2', 'old', 9))).toBe(false)
    expect(store.take('user:2', entry('user:2', 'new', 10))).toBe(true)
    expect(store.take('order:2', entry('order:2', 'old', 1))).toBe(true)
  })

  it('shows nothing that was invalidated, before it is removed', () => {
    const store = new Store(MAX)
    for (const key of ['user:1', 'order:1']) store.take(key, entry(key, 'old', 5))
    store.invalidate([{ prefix: 'user:', version: 10 }])
    expect([store.size, store.get('user:1'), store.peek('user:1')]).toEqual([2, undefined, undefined])
    expect(store.peek('order:1')).toBeDefined()
    expect(store.removeInvalid(partitionOf('order:1'))).toBe(0)
    expect(store.removeInvalid(partitionOf('user:1'))).toBe(1)
    expect(store.size).toBe(1)
  })

  it.each([0, 1, 64, 65, 5000])('keeps values in memory of their own (%i bytes)', (length) => {
    const chunk = Buffer.from(Array.from({ length: 65_536 }, (_, index) => index % 256))
    const part = new Uint8Array(chunk.buffer, chunk.byteOffset + 200, length)
    const kept = [keep(part), keep(Buffer.from(part))]
    const before = Buffer.from(part)
    chunk.fill(0)
    for (const one of kept) {
      expect(one).toHaveLength(length)
      expect(Buffer.from(bytesOf(one))).toEqual(before)
      expect(bytesOf(one).buffer.byteLength).toBe(length)
    }
  })

  it('has one winner of two with the same version', () => {
    const [a, b] = [entry('k', 'a', 1, 'm-0'), entry('k', 'b', 1, 'm-1')]
    expect([isNewer(a, b), isNewer(b, a), isNewer(a, a)]).toEqual([false, true, false])
  })
})
