// Reads that are asked of a second owner, when the first one is late, or by themselves, for their value is large.
import type { Member } from '@rollcall/membership'
import { describe, expect, it } from 'vitest'
import { Hedges } from '../src/reads/hedges.ts'
import { Read, type ReadHost } from '../src/reads/read.ts'
import { type ReadAnswer, writeReadAnswer } from '../src/reads/read-wire.ts'
import { Entry } from '../src/store/entry.ts'
import { ByteReader, ByteWriter } from '../src/wire/bytes.ts'
import type { Operation } from '../src/wire/operation.ts'

const [first, second] = [{ name: 'm-1' }, { name: 'm-2' }] as Member[] as [Member, Member]
const entry = (text: string) => new Entry(1, Buffer.from(text), 1, 'm-1', undefined)
const known = (text: string): ReadAnswer => ({
  type: 'known',
  entry: entry(text),
  isStale: false,
  leaseMs: 0,
})

/** A read of two owners; `told` is what came of it. */
function begun({ mayHedge = true } = {}) {
  const asked: Member[] = []
  /** Who was asked for the value by itself, and how it is told. */
  const fetches: Member[] = []
  const operations = new Map<Member, Operation>()
  const seen = { again: 0, repaired: [] as (Member | undefined)[] }
  const host: ReadHost = {
    now: () => 0,
    date: () => 0,
    post: (member, operation) => {
      operations.set(member, operation)
      if (operation.largeBytes > 0) fetches.push(member)
      else asked.push(member)
    },
    again: () => void seen.again++,
    silent: () => {},
    late: () => {},
    mayAskBeside: () => mayHedge,
    count: () => {},
    lease: () => {},
    repair: (member) => void seen.repaired.push(member),
  }
  const read = new Read(host, 'key', 1, 1000)
  let told: string | undefined
  read.promise.then((found) => {
    told = found === undefined ? 'nothing' : Buffer.from(found.kept).toString()
  })
  read.begin([first, second], false)
  const answer = async (member: Member, given: ReadAnswer) => {
    const writer = new ByteWriter()
    writeReadAnswer(writer, given)
    const reader = new ByteReader(writer.finish())
    operations.get(member)?.answered(reader, member)
    // The answer of the next read of the same batch follows.
    expect(reader.isAtEnd).toBe(true)
    await Promise.resolve()
  }
  const fail = (member: Member) => operations.get(member)?.failed(new Error('gone'), member)
  return { read, asked, fetches, seen, answer, fail, told: () => told }
}

describe('a read whose owner is late', () => {
  it('takes the first answer of two, whichever that is, and passes over the other', async () => {
    for (const [sooner, later] of [
      [first, second],
      [second, first],
    ] as const) {
      const { read, asked, answer, told } = begun()
      expect(asked).toEqual([first])
      read.late(first)
      expect(asked).toEqual([first, second])
      await answer(sooner, known('sooner'))
      await answer(later, known('later'))
      expect(told()).toBe('sooner')
    }
  })

  it('waits for it where the other one refuses, or fails', async () => {
    const { read, answer, seen, told } = begun()
    read.late(first)
    await answer(second, { type: 'refused' })
    expect([told(), seen.again]).toEqual([undefined, 0])
    await answer(first, known('late'))
    expect(told()).toBe('late')

    const failing = begun()
    failing.read.late(first)
    failing.read.failed(new Error('gone'), second)
    failing.read.failed(new Error('gone'), first)
    expect(failing.seen.again).toBe(1)
  })

  it('is a miss when the other one has all, and nothing of this key', async () => {
    const { read, answer, told } = begun()
    read.late(first)
    await answer(second, { type: 'missing' })
    expect(told()).toBe('nothing')
    const reversed = begun()
    await reversed.answer(first, { type: 'missing' })
    expect([reversed.asked, reversed.told()]).toEqual([[first, second], undefined])
    reversed.read.late(second)
    await Promise.resolve()
    expect(reversed.told()).toBe('nothing')
  })

  it('is asked of nobody else when too many are already, or when there is nobody else', () => {
    const { read, asked } = begun({ mayHedge: false })
    read.late(first)
    expect(asked).toEqual([first])
    const other = begun()
    other.read.late(first)
    other.read.late(second)
    expect(other.asked).toEqual([first, second])
  })
})

describe('a read of a large value', () => {
  it('is asked again by itself, and takes that answer', async () => {
    const { asked, answer, fetches, told } = begun()
    await answer(first, { type: 'large', version: 1, bytes: 20_000 })
    expect([asked, fetches, told()]).toEqual([[first], [first], undefined])
    await answer(first, known('large'))
    expect(told()).toBe('large')
  })

  it('is fetched from one owner at a time, whatever the others say', async () => {
    for (const said of [{ type: 'large', version: 1, bytes: 20_000 }, { type: 'missing' }] as const) {
      const { read, answer, fetches, seen, told } = begun()
      read.late(first)
      await answer(first, { type: 'large', version: 1, bytes: 20_000 })
      await answer(second, said)
      expect([fetches, told(), seen.again]).toEqual([[first], undefined, 0])
      await answer(first, known('large'))
      expect(told()).toBe('large')
    }
  })

  it('goes to the next owner when the first one does not send it', async () => {
    const { asked, answer, fail, told } = begun()
    await answer(first, { type: 'large', version: 1, bytes: 20_000 })
    fail(first)
    expect(asked).toEqual([first, second])
    await answer(second, known('small'))
    expect(told()).toBe('small')
  })

  it('begins anew when nobody sends it', async () => {
    const { read, answer, fail, seen } = begun()
    read.late(first)
    await answer(first, { type: 'large', version: 1, bytes: 20_000 })
    await answer(second, { type: 'refused' })
    expect(seen.again).toBe(0)
    fail(first)
    expect(seen.again).toBe(1)
  })
})

it('asks a few thousand at once for a second time, and then one of ten', () => {
  const hedges = new Hedges()
  let count = 0
  while (hedges.take()) count++
  expect(count).toBe(4096)
  for (let i = 0; i < 1000; i++) {
    hedges.asked()
    if (hedges.take()) count++
  }
  expect(count - 4096).toBeGreaterThanOrEqual(99)
  expect(count - 4096).toBeLessThanOrEqual(100)
})
