import { expect, it } from 'vitest'
import type { DnsOutcome } from '../src/dns-client.ts'
import { nearCeiling, RecordSet } from '../src/record-set.ts'

const set = () => new RecordSet<string>('A', (address) => address)
const records = (count: number, from = 0): DnsOutcome<string> => ({
  type: 'records',
  records: Array.from({ length: count }, (_, i) => `host-${from + i}`),
})
const failed: DnsOutcome<string> = { type: 'failed', class: 'server-failed', code: 'ESERVFAIL', server: 's' }

it('keeps the last good records through failures, and not through a negative answer', () => {
  const kept = set()
  kept.update(records(3))
  expect(kept.update(failed)).toHaveLength(3)
  expect(kept.update({ type: 'no-such-name' })).toEqual([])
  expect(kept.update(records(2, 5))).toEqual(['host-5', 'host-6'])
  expect(kept.update({ type: 'no-records' })).toEqual([])
})

it('puts answers that may be cut together, and drops what stays away', () => {
  const kept = set()
  kept.update(records(nearCeiling.A))
  expect(kept.nearCeiling).toBe(4000)
  expect(kept.update(records(nearCeiling.A, 1000))).toHaveLength(5000)
  for (let i = 0; i < 8; i += 1) kept.update(records(nearCeiling.A, 1000))
  expect(kept.records).toHaveLength(4000)
  expect(kept.update(records(10))).toHaveLength(10)
  expect(kept.nearCeiling).toBeUndefined()
})

it('does not believe that thousands of records are gone at once', () => {
  const kept = set()
  kept.update(records(3900))
  expect(kept.update({ type: 'no-records' })).toHaveLength(3900)
  expect(kept.nearCeiling).toBe(3900)
  expect(kept.update({ type: 'no-such-name' })).toEqual([])
})
