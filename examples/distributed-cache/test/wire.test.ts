// Batches as bytes: what is written is read, and what is no batch is refused.
import { partitionCount } from '@rollcall/ring'
import { describe, expect, it } from 'vitest'
import { readRecords, writeRecord } from '../src/handover/records.ts'
import { PartitionSet } from '../src/placement/partition-set.ts'
import { type ReadAnswer, readReadAnswer, writeReadAnswer } from '../src/reads/read-wire.ts'
import { Entry } from '../src/store/entry.ts'
import { ByteReader, ByteWriter } from '../src/wire/bytes.ts'
import { MalformedError } from '../src/wire/checks.ts'
import { readEntry, writeEntry } from '../src/wire/entry-fields.ts'
import { type CopyAnswer, readCopyAnswer, writeCopyAnswer } from '../src/writes/copy.ts'
import { type Outcome, refused, type Write } from '../src/writes/write.ts'
import { readOutcome, readWrite, writeOutcome, writeWrite } from '../src/writes/write-wire.ts'
import { randomFrom } from './workload.ts'

const value = new Entry(7, 'value', 3_604_480_000_000_001, 'cache-0', 1_760_000_000_000)
const endless = new Entry(7, '', 1, 'cache-1', undefined)
const tombstone = new Entry(7, undefined, 2, 'cache-0', undefined)
const hiding = new Entry(7, 'value', 3, 'cache-0', 1_760_000_000_000, true)

function written(write: (to: ByteWriter) => void): ByteReader {
  const writer = new ByteWriter()
  write(writer)
  return new ByteReader(writer.finish())
}

describe('fields', () => {
  it('are read as they were written', () => {
    const reader = written((to) => {
      to.u8(255)
      to.u16(65535)
      to.u32(2 ** 32 - 1)
      to.f64(-0.5)
      to.text('ключ 🗝')
      to.bytes(Buffer.alloc(5000, 'x'))
      to.podName('a')
      to.podName('b')
      to.podName('a')
    })
    expect([reader.u8(), reader.u16(), reader.u32(), reader.f64()]).toEqual([255, 65535, 2 ** 32 - 1, -0.5])
    expect([reader.text(), reader.bytes().length]).toEqual(['ключ 🗝', 5000])
    expect([reader.podName(), reader.podName(), reader.podName()]).toEqual(['a', 'b', 'a'])
    expect(reader.isAtEnd).toBe(true)
  })

  it.each([value, endless, tombstone, hiding])('of an entry are read as they were written', (entry) => {
    const reader = written((to) => writeEntry(to, entry))
    expect(readEntry(reader, 7)).toEqual(entry)
  })
})

describe('messages', () => {
  const answers: ReadAnswer[] = [
    { type: 'refused' },
    { type: 'again' },
    { type: 'missing' },
    { type: 'large', version: 3_604_480_000_000_001, bytes: 1_048_576 },
    { type: 'known', entry: value, isStale: false, leaseMs: 0 },
    { type: 'known', entry: value, isStale: true, leaseMs: 0 },
    { type: 'known', entry: tombstone, isStale: false, leaseMs: 100 },
  ]
  it.each(answers)('answer a read: $type', (answer) => {
    expect(
      readReadAnswer(
        written((to) => writeReadAnswer(to, answer)),
        7,
      ),
    ).toEqual(answer)
  })

  const copies: CopyAnswer[] = [
    { type: 'taken', hadValue: false },
    { type: 'taken', hadValue: true },
    { type: 'newer', entry: value },
    { type: 'needless' },
    { type: 'refused' },
    { type: 'ahead' },
  ]
  it.each(copies)('answer a copy: $type', (answer) => {
    expect(
      readCopyAnswer(
        written((to) => writeCopyAnswer(to, answer)),
        7,
      ),
    ).toEqual(answer)
  })

  const open = { number: 7, isGivenUp: false }
  const none = {
    ...open,
    ...{ value: undefined, condition: undefined, by: 0n, partition: 0, key: 'key', deadline: 1500 },
  }
  const forever = Number.POSITIVE_INFINITY
  const writes: Write[] = [
    { ...none, kind: 'set', value: 'v\u00e4\u00ff\u0000', ttlMs: forever, condition: 'absent' },
    { ...none, kind: 'set', value: Buffer.alloc(100, 'x'), ttlMs: 10 },
    {
      ...{ ...none, kind: 'set', value: '', ttlMs: 10 },
      condition: { version: 2 ** 50, basis: 7 },
    },
    { ...none, kind: 'delete', ttlMs: forever },
    { ...none, kind: 'expire', ttlMs: 1000 },
    { ...none, kind: 'increment', ttlMs: forever, by: -(2n ** 63n) },
  ]
  it.each(writes)('forward a write: $kind', (write) => {
    const read = readWrite(
      written((to) => writeWrite(to, write, 1000)),
      5000,
    )
    expect(read).toMatchObject({ ...write, partition: expect.any(Number), deadline: 5500 })
  })

  const outcomes: Outcome[] = [
    { type: 'done', isWritten: true, copies: 2, wanted: 2, sum: 0n },
    { type: 'done', isWritten: false, copies: 1, wanted: 3, sum: 2n ** 63n - 1n },
    refused('NOT_HERE'),
    refused('ERR_CACHE_UNAVAILABLE', true),
    refused('ERR_CACHE_OUT_OF_RANGE'),
  ]
  it.each(outcomes)('say what became of a write: $type', (outcome) => {
    expect(readOutcome(written((to) => writeOutcome(to, outcome)))).toEqual(outcome)
  })
})

describe('what is no batch', () => {
  const parsers: Record<string, (from: ByteReader) => unknown> = {
    entry: (from) => readEntry(from, 7),
    'answer to a read': (from) => readReadAnswer(from, 7),
    'answer to a copy': (from) => readCopyAnswer(from, 7),
    write: (from) => readWrite(from, 0),
    outcome: readOutcome,
  }
  it.each(Object.keys(parsers))('is refused, or read as something valid: %s', (name) => {
    const random = randomFrom(name.length)
    for (let i = 0; i < 5000; i++) {
      const bytes = Buffer.from(
        Array.from({ length: Math.floor(random() * 40) }, () => Math.floor(random() * 8)),
      )
      try {
        parsers[name]?.(new ByteReader(bytes))
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedError)
      }
    }
  })

  it('is refused where a part is missing', () => {
    const writer = new ByteWriter()
    writeReadAnswer(writer, { type: 'known', entry: value, isStale: false, leaseMs: 0 })
    const whole = writer.finish()
    for (let length = 0; length < whole.length; length++) {
      expect(() => readReadAnswer(new ByteReader(whole.subarray(0, length)), 7)).toThrow(MalformedError)
    }
    expect(() => new ByteReader('text')).toThrow(MalformedError)
  })

  it('holds no value over the limit, and no key that is none', () => {
    const large = new Entry(7, Buffer.alloc(1024 * 1024 + 1), 1, 'a', undefined)
    expect(() =>
      readEntry(
        written((to) => writeEntry(to, large)),
        7,
      ),
    ).toThrow(MalformedError)
    const write = {
      kind: 'delete',
      value: undefined,
      ttlMs: 1,
      condition: undefined,
      by: 0n,
      partition: 0,
      number: 0,
      isGivenUp: false,
    } as const
    for (const key of ['', 'k'.repeat(1025)]) {
      const reader = written((to) => writeWrite(to, { ...write, key, deadline: 0 }, 0))
      expect(() => readWrite(reader, 0)).toThrow(MalformedError)
    }
  })
})

describe('records of a handover', () => {
  async function read(bytes: Uint8Array, chunkBytes: number): Promise<[string, Entry][]> {
    async function* chunks() {
      for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
    }
    const records: [string, Entry][] = []
    for await (const record of readRecords(chunks())) records.push(record)
    return records
  }

  it.each([1, 7, 64, 65536])('are read whatever chunks they come in (%d bytes)', async (chunkBytes) => {
    const writer = new ByteWriter()
    for (let i = 0; i < 20; i++) writeRecord(writer, `key ${i}`, i % 3 === 0 ? tombstone : value)
    const records = await read(writer.finish(), chunkBytes)
    expect(records.map(([key]) => key)).toEqual(Array.from({ length: 20 }, (_, i) => `key ${i}`))
    expect(records[1]?.[1]).toMatchObject({ kept: value.kept, version: value.version, by: 'cache-0' })
  })

  it('are refused when they end early, or are too long', async () => {
    const writer = new ByteWriter()
    writeRecord(writer, 'key', value)
    await expect(read(writer.finish().subarray(0, -1), 64)).rejects.toThrow(MalformedError)
    await expect(read(Buffer.from([255, 255, 255, 255, 0]), 64)).rejects.toThrow(MalformedError)
  })
})

it('sends a set of partitions as 2 KiB, or as nothing', () => {
  const set = new PartitionSet()
  expect(set.toBytes()).toHaveLength(0)
  for (const partition of [0, 9, partitionCount - 1]) set.add(partition)
  expect(set.toBytes()).toHaveLength(2048)
  expect([...PartitionSet.from(set.toBytes())]).toEqual([0, 9, partitionCount - 1])
  expect([...PartitionSet.from(new Uint8Array(0))]).toEqual([])
  expect(() => PartitionSet.from(new Uint8Array(7))).toThrow(MalformedError)
})
