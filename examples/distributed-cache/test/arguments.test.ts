// What is wrong with an option or an argument is said at once.
import { describe, expect, it } from 'vitest'
import { CacheError } from '../src/errors.ts'
import type { RequestOptions, SetOptions } from '../src/index.ts'
import { type CacheOptions, settingsOf } from '../src/options.ts'
import { startPods } from './pods.ts'

const cluster = { request: () => {} } as unknown as CacheOptions['cluster']

describe('options', () => {
  it.each([
    ['cluster', undefined],
    ['maxBytes', 1_050_495],
    ['maxBytes', '1 GB'],
    ['replicas', 0],
    ['replicas', 17],
    ['ttlMs', 0],
    ['ttlMs', -1],
    ['ttlMs', 1.5],
    ['ttlMs', Number.NaN],
    ['ttlMs', Number.MAX_SAFE_INTEGER],
    ['requestTimeoutMs', Number.POSITIVE_INFINITY],
    ['whenFewCopies', 'ask'],
    ['inMinority', true],
    ['nearLeaseMs', 60_001],
    ['replica', 2],
  ])('name what is wrong: %s %s', (name, value) => {
    const options = { cluster, maxBytes: 2e6, [name]: value } as unknown as CacheOptions
    const isMissing = name === 'cluster'
    const thrown = expect(() => settingsOf(isMissing ? ({ maxBytes: 2e6 } as CacheOptions) : options))
    thrown.toThrow(
      expect.objectContaining({ code: 'ERR_CACHE_ARGUMENT', message: expect.stringContaining(name) }),
    )
  })

  it('have defaults', () => {
    expect(settingsOf({ cluster, maxBytes: 2e6, ttlMs: undefined } as unknown as CacheOptions)).toMatchObject(
      {
        ...{ replicas: 2, ttlMs: Number.POSITIVE_INFINITY, requestTimeoutMs: 5000 },
        ...{ whenFewCopies: 'refuse', inMinority: 'serve-stale', nearLeaseMs: 100 },
      },
    )
  })
})

it('refuses wrong arguments, and goes on', async () => {
  await using pods = await startPods(1)
  const cache = pods.cache('m-0')
  const value = Buffer.from('value')
  const wrong: [string, () => unknown][] = [
    ['ERR_CACHE_KEY', () => cache.get('')],
    ['ERR_CACHE_KEY', () => cache.get('k'.repeat(1025))],
    ['ERR_CACHE_KEY', () => cache.get('ю'.repeat(513))],
    ['ERR_CACHE_KEY', () => cache.set('\ud800', value)],
    ['ERR_CACHE_KEY', () => cache.delete(5 as unknown as string)],
    ['ERR_CACHE_VALUE_TOO_LARGE', () => cache.set('key', Buffer.alloc(1024 * 1024 + 1))],
    ['ERR_CACHE_ARGUMENT', () => cache.set('key', 'text' as unknown as Uint8Array)],
    ['ERR_CACHE_ARGUMENT', () => cache.set('key', value, { ttlMs: 0 })],
    ['ERR_CACHE_ARGUMENT', () => cache.set('key', value, { condition: 'never' as 'absent' })],
    ['ERR_CACHE_ARGUMENT', () => cache.set('key', value, { timeoutMs: 0 })],
    ['ERR_CACHE_ARGUMENT', () => cache.set('key', value, { signal: {} as AbortSignal })],
    ['ERR_CACHE_ARGUMENT', () => cache.expire('key', -5)],
    ['ERR_CACHE_ARGUMENT', () => cache.increment('key', 1 as unknown as bigint)],
    ['ERR_CACHE_ARGUMENT', () => cache.increment('key', 2n ** 63n)],
    ['ERR_CACHE_ARGUMENT', () => cache.getOrLoad('key', undefined as unknown as () => Promise<Uint8Array>)],
    ['ERR_CACHE_KEY', () => cache.invalidate('k'.repeat(1025))],
    ['ERR_CACHE_ARGUMENT', () => cache.set('key', value, { ttl: 5 } as SetOptions)],
    ['ERR_CACHE_ARGUMENT', () => cache.set('key', value, null as unknown as SetOptions)],
    ['ERR_CACHE_ARGUMENT', () => cache.set('key', value, 5 as unknown as SetOptions)],
    ['ERR_CACHE_ARGUMENT', () => cache.set('key', value, { ttlMs: 8e15 + 1 })],
    ['ERR_CACHE_ARGUMENT', () => cache.get('key', { timeout: 5 } as RequestOptions)],
    ['ERR_CACHE_ARGUMENT', () => cache.get('key', null as unknown as RequestOptions)],
    ['ERR_CACHE_ARGUMENT', () => cache.delete('key', { ttlMs: 5 } as RequestOptions)],
    ['ERR_CACHE_ARGUMENT', () => cache.expire('key', 5, { timeout: 5 } as RequestOptions)],
    ['ERR_CACHE_ARGUMENT', () => cache.increment('key', 1n, { ttlMs: 5 } as RequestOptions)],
    ['ERR_CACHE_ARGUMENT', () => cache.getOrLoad('key', async () => value, { ttl: 5 } as SetOptions)],
    ['ERR_CACHE_ARGUMENT', () => cache.invalidate('key', { timeout: 5 } as RequestOptions)],
  ]
  for (const [code, call] of wrong) {
    await expect((async () => call())()).rejects.toMatchObject({ name: 'CacheError', code })
  }
  await expect(cache.set('key', value, { ttl: 5 } as SetOptions)).rejects.toThrow(
    'ttl: expected an option of set (timeoutMs, signal, ttlMs, condition), got 5',
  )
  expect(await pods.until(cache.get('key'))).toBeUndefined()
  await pods.until(cache.set('ю'.repeat(512), Buffer.alloc(1024 * 1024)))
  expect((await pods.until(cache.get('ю'.repeat(512))))?.value).toHaveLength(1024 * 1024)
})

it('says when the pod has left', async () => {
  await using pods = await startPods(2)
  const cache = pods.cache('m-0')
  await pods.leave('m-0')
  expect(() => cache.read('key')).toThrow(CacheError)
  await expect(cache.get('key')).rejects.toMatchObject({ code: 'ERR_CACHE_CLOSED' })
  await expect(cache.set('key', Buffer.from('x'))).rejects.toMatchObject({ code: 'ERR_CACHE_CLOSED' })
  expect(cache.readiness.isReady).toBe(false)
})
