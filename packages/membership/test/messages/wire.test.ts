import { describe, expect, it } from 'vitest'
import type { Random } from '../../src/core/random.ts'
import { encodeItem, encodeLarge, type ItemWithBody } from '../../src/messages/encode-item.ts'
import { FrameWriter } from '../../src/messages/frame-writer.ts'
import type { Body, Item } from '../../src/messages/item.ts'
import { ItemDecoder } from '../../src/messages/item-decoder.ts'
import { MAX_BODY_BYTES, MAX_CHUNK_BYTES, MAX_FAILURE_BYTES } from '../../src/messages/session.ts'
import { TopicNames } from '../../src/messages/topic-names.ts'
import { WireFault } from '../../src/messages/wire-fault.ts'
import { FRAGMENT_BYTES, ItemType } from '../../src/messages/wire-format.ts'
import { seededRandom } from '../core/seeded-random.ts'
import { binary, none } from './two-ends.ts'

const HEAD = [0xc1, 1, 0, 0, 0, 0]

function encode(...items: Item[]): Buffer {
  const writer = new FrameWriter()
  for (const item of items) encodeItem(writer, item)
  return Buffer.from(writer.take())
}

function decodeWith(decoder: ItemDecoder, frame: Uint8Array): Item[] {
  const items: Item[] = []
  decoder.open(Buffer.from(frame))
  for (let item = decoder.next(); item !== undefined; item = decoder.next()) items.push(item)
  return items
}

const decode = (frame: Uint8Array) => decodeWith(new ItemDecoder(new TopicNames()), frame)

/** An item by itself: type, length, fields. */
const raw = (type: number, ...fields: number[]) =>
  Uint8Array.from([...HEAD, type, 0, fields.length >> 8, fields.length & 0xff, ...fields])

/** Compares bytes as bytes, whatever holds them. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_key, each) =>
      each instanceof Uint8Array || each?.type === 'Buffer'
        ? `bytes ${Buffer.from(each).toString('hex')}`
        : each,
    ),
  )

const topics = ['', 'a', 'cache.get', 'größe', '日本語', 'x'.repeat(255), '\u{1f600}'.repeat(60)]
const numbers = [
  0,
  1,
  127,
  128,
  300,
  16_384,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 40 + 5,
  Number.MAX_SAFE_INTEGER,
]

function drawItem(random: Random, mostBytes = 6000): Item {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const bytes = (most: number) =>
    Uint8Array.from({ length: Math.floor(random() * most) }, () => random() * 256)
  const body = (): Body =>
    pick([none, { kind: 'plain', bytes: bytes(100) }, { kind: 'binary', bytes: bytes(mostBytes) }])
  const id = pick(numbers)
  const isAnswer = random() < 0.5
  return pick<() => Item>([
    () => ({ type: 'send', topic: pick(topics), body: body() }),
    () => ({
      type: 'request',
      id,
      topic: pick(topics),
      body: body(),
      timeoutMs: pick(numbers),
      chunks: pick(['none', 'up', 'down'] as const),
    }),
    () => ({ type: 'response', id, body: body() }),
    () => ({
      type: 'failure',
      id,
      code: pick(['remote', 'ERR_ROLLCALL_X']),
      message: pick(topics),
      body: body(),
    }),
    () => ({ type: 'cancel', id }),
    () => ({ type: 'chunk', isAnswer, id, bytes: bytes(mostBytes) }),
    () => ({ type: 'chunks-end', id, isWhole: isAnswer }),
    () => ({ type: 'credit', isAnswer, id, bytes: pick(numbers) }),
  ])()
}

describe('items on the wire', () => {
  it('come out as they went in', () => {
    const random = seededRandom(1)
    const decoder = new ItemDecoder(new TopicNames())
    for (let i = 0; i < 100; i++) {
      const items = Array.from({ length: 1 + Math.floor(random() * 8) }, () => drawItem(random))
      expect(plain(decodeWith(decoder, encode(...items)))).toEqual(plain(items))
    }
  })

  it('are decoded or refused, whatever the bytes', () => {
    const random = seededRandom(2)
    const topicNames = new TopicNames()
    const outcomes = { items: 0, refused: 0 }
    for (let i = 0; i < 5000; i++) {
      const frame = encode(drawItem(random, 50), drawItem(random, 50))
      for (let flips = 1 + Math.floor(random() * 3); flips > 0; flips--) {
        frame[6 + Math.floor(random() * (frame.length - 6))] = random() * 256
      }
      const length = random() < 0.5 ? frame.length : 6 + random() * (frame.length - 6)
      try {
        outcomes.items += decodeWith(new ItemDecoder(topicNames), frame.subarray(0, length)).length
      } catch (error) {
        expect(error).toBeInstanceOf(WireFault)
        outcomes.refused++
      }
    }
    expect(outcomes.items).toBeGreaterThan(500)
    expect(outcomes.refused).toBeGreaterThan(500)
  })

  it('of a type that is not known are passed over and counted', () => {
    const decoder = new ItemDecoder(new TopicNames())
    const cancel = encode({ type: 'cancel', id: 7 }).subarray(6)
    const frame = Uint8Array.from([...raw(200, 1, 2, 3), ...cancel])
    expect(decodeWith(decoder, frame)).toEqual([{ type: 'cancel', id: 7 }])
    expect(decoder.unknown).toBe(1)
  })

  it('may have further fields, which are passed over', () => {
    expect(decode(raw(ItemType.cancel, 7, 99, 99))).toEqual([{ type: 'cancel', id: 7 }])
  })

  it.each([
    ['ends within its head', Uint8Array.from([...HEAD, 1, 0])],
    ['is longer than its frame', Uint8Array.from([...HEAD, 1, 0, 0, 9, 1])],
    ['has a number above 2^53', raw(ItemType.cancel, 255, 255, 255, 255, 255, 255, 255, 127)],
    ['has a number without an end', raw(ItemType.cancel, 255)],
    ['has a topic beyond its end', raw(ItemType.send, 5, 97, 0)],
    ['has a topic that is no UTF-8', raw(ItemType.send, 1, 255, 0)],
    ['has a body of no kind', raw(ItemType.send, 1, 97, 9)],
    ['has bytes where it has no body', raw(ItemType.send, 1, 97, 0, 1)],
    ['has a flag that is neither', raw(ItemType['chunks-end'], 1, 2)],
    ['is a fragment of nothing', raw(ItemType.fragment, 1)],
    ['announces the body of a cancel', raw(ItemType.large, 0, 0, 0, 9, ItemType.cancel, 1)],
  ])('that %s is refused', (_what, frame) => {
    expect(() => decode(frame)).toThrow(expect.objectContaining({ kind: 'bad-frame' }))
  })

  it('over a limit are refused before anything is allocated', () => {
    const over = (type: number, ...fields: number[]) =>
      expect(() => decode(raw(type, ...fields))).toThrow(expect.objectContaining({ kind: 'too-large' }))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(MAX_BODY_BYTES + 1)
    over(ItemType.large, ...length, ItemType.response, 1, 2)
    over(ItemType.large, 255, 255, 255, 255, ItemType.response, 1, 2)
    over(ItemType.failure, 1, 1, 97, 255, 255)
    const chunk: Item = { type: 'chunk', isAnswer: false, id: 1, bytes: new Uint8Array(MAX_CHUNK_BYTES + 1) }
    expect(() => decode(encode(chunk))).toThrow(expect.objectContaining({ kind: 'too-large' }))
  })

  it('have texts that are cut to their limits between characters', () => {
    const failure: Item = {
      type: 'failure',
      id: 1,
      code: 'ä'.repeat(300),
      message: '日'.repeat(5000),
      body: none,
    }
    const [item] = decode(encode(failure))
    expect(item).toMatchObject({
      code: 'ä'.repeat(127),
      message: '日'.repeat(Math.floor(MAX_FAILURE_BYTES / 3)),
    })
  })

  it('do not keep the bytes that short bodies of the application came with', () => {
    const [item] = decode(encode({ type: 'send', topic: 'a', body: binary(100) }))
    expect((item as ItemWithBody).body.bytes).toBeInstanceOf(Buffer)
    expect((item as ItemWithBody).body.bytes.buffer.byteLength).toBe(100)
  })
})

describe('a body in fragments', () => {
  const item: ItemWithBody = { type: 'response', id: 5, body: binary(3, 9) }
  const fragment = (...bytes: number[]) => raw(ItemType.fragment, ...bytes)
  const large = () => {
    const writer = new FrameWriter()
    encodeLarge(writer, item)
    return Buffer.from(writer.take())
  }

  it('is put together, with other items in between', () => {
    const decoder = new ItemDecoder(new TopicNames())
    expect(decodeWith(decoder, large())).toEqual([])
    expect(decodeWith(decoder, fragment(9, 9))).toEqual([])
    expect(decodeWith(decoder, encode({ type: 'cancel', id: 1 }))).toEqual([{ type: 'cancel', id: 1 }])
    expect(plain(decodeWith(decoder, fragment(9)))).toEqual(plain([item]))
  })

  it('may not be longer than announced, nor begin within another', () => {
    const decoder = new ItemDecoder(new TopicNames())
    decodeWith(decoder, large())
    expect(() => decodeWith(decoder, fragment(1, 2, 3, 4))).toThrow('more fragments than body')
    expect(() => decodeWith(decoder, large())).toThrow('a body within a body')
  })
})

describe('a frame writer', () => {
  it('leaves frames alone that it has handed out', () => {
    const random = seededRandom(3)
    const writer = new FrameWriter()
    const frames: { frame: Uint8Array; copy: Uint8Array }[] = []
    for (let i = 0; i < 500; i++) {
      encodeItem(writer, { type: 'send', topic: 'a', body: binary(Math.floor(random() * FRAGMENT_BYTES), i) })
      if (random() < 0.3) continue
      const frame = writer.take()
      frames.push({ frame, copy: Uint8Array.from(frame) })
    }
    for (const { frame, copy } of frames) expect(Buffer.compare(frame, copy)).toBe(0)
  })
})
