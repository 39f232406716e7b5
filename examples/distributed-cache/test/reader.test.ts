// Reads of what is here, one of many compared with what another owner has.
import type { Member } from '@rollcall/membership'
import { partitionOf } from '@rollcall/ring'
import { expect, it } from 'vitest'
import { type ReadAnswer, writeReadAnswer } from '../src/reads/read-wire.ts'
import { Reader, type ReaderParts } from '../src/reads/reader.ts'
import { Entry } from '../src/store/entry.ts'
import { Store } from '../src/store/store.ts'
import { ByteReader, ByteWriter } from '../src/wire/bytes.ts'
import type { Operation } from '../src/wire/operation.ts'

const KEY = 'key'
const entry = (text: string, version: number) =>
  new Entry(partitionOf(KEY), Buffer.from(text), version, 'm-0', undefined)

/** A pod that owns the key together with another one, which answers so to a comparison. */
function readsBeside(answer: ReadAnswer, fetched = answer) {
  const store = new Store(1e6)
  store.take(KEY, entry('here', 5))
  const repaired: Entry[] = []
  let compared = 0
  const post = (_member: unknown, operation: Operation) => {
    compared++
    const writer = new ByteWriter()
    writeReadAnswer(writer, operation.largeBytes > 0 ? fetched : answer)
    operation.answered(new ByteReader(writer.finish()), other as Member)
  }
  const other = { name: 'm-1', instance: '1' }
  const standing = {
    trust: { look: () => {}, isMinority: false },
    serves: () => true,
    routes: { of: () => ({ sources: [other], targets: [other], isSlow: false }) },
  }
  const reader = new Reader({
    ...{ store, standing, near: undefined, timeoutMs: 1000, isStaleServed: true },
    ...{ time: { now: () => 1000, date: () => 1000 }, lane: { post } },
    repair: (_member: unknown, _key: string, one: Entry) => void repaired.push(one),
  } as unknown as ReaderParts)
  for (let i = 0; i < 1000; i++) reader.read(KEY)
  return { text: Buffer.from(store.peek(KEY)?.kept ?? []).toString(), repaired, compared, reader }
}

it('compares one of 256 hits, and leaves what is the same alone', () => {
  const { compared, repaired, reader, text } = readsBeside({
    type: 'known',
    entry: entry('here', 5),
    isStale: false,
    leaseMs: 0,
  })
  expect({ compared, repaired, text }).toEqual({ compared: 3, repaired: [], text: 'here' })
  expect([reader.hits, reader.repairs]).toEqual([1000, 0])
})

it('takes what is newer there', () => {
  const { repaired, reader, text } = readsBeside({
    type: 'known',
    entry: entry('newer', 6),
    isStale: false,
    leaseMs: 0,
  })
  expect({ repaired, text }).toEqual({ repaired: [], text: 'newer' })
  expect(reader.repairs).toBe(1)
})

it.each<ReadAnswer>([
  { type: 'missing' },
  { type: 'known', entry: entry('older', 4), isStale: false, leaseMs: 0 },
])('brings what is newer here, where the other has it $type', (answer) => {
  const { repaired, text } = readsBeside(answer)
  expect([repaired.length, repaired[0]?.version, text]).toEqual([3, 5, 'here'])
})

it.each([
  ['newer', 6, 1],
  ['same', 5, 0],
  ['older', 4, 3],
])('fetches a large value that is %s there', (text, version, repairs) => {
  const answer: ReadAnswer = { type: 'known', entry: entry(text, version), isStale: false, leaseMs: 0 }
  const { reader, compared } = readsBeside({ type: 'large', version, bytes: 20_000 }, answer)
  expect([reader.repairs, compared]).toEqual([repairs, 3 + repairs])
})

it.each<ReadAnswer>([{ type: 'refused' }, { type: 'again' }])(
  'concludes nothing from no answer: $type',
  (answer) => {
    const { repaired, text } = readsBeside(answer)
    expect({ repaired, text }).toEqual({ repaired: [], text: 'here' })
  },
)
