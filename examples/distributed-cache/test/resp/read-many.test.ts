import { afterEach, expect, it, vi } from 'vitest'
import type { Context } from '../../src/resp/command.ts'
import { readMany } from '../../src/resp/read-many.ts'

afterEach(() => vi.restoreAllMocks())

it('ends a command of many keys after ten seconds, however slowly each of them comes', async () => {
  let nowMs = 0
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
  let reads = 0
  const read = async () => {
    reads++
    nowMs += 100
    return undefined
  }
  const context = { cache: { read }, client: { isGone: false } } as unknown as Context
  const keys = Array.from({ length: 1000 }, (_, i) => `key ${i}`)
  await expect(readMany(context, keys, () => {})).rejects.toMatchObject({ code: 'ERR_CACHE_UNAVAILABLE' })
  expect(reads).toBeGreaterThan(64)
  expect(reads).toBeLessThan(200)
})
