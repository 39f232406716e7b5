import { addExtension, Packr } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import type { Fact } from '../../src/core/fact.ts'
import { randomInt } from '../../src/core/random.ts'
import { decodeFrame, encodeFrames } from '../../src/shell/codec.ts'
import { wireLimits } from '../../src/shell/wire-limits.ts'
import { bareFact, everyMessage, fullFact, noise, seeded } from './messages.ts'

const packr = new Packr({ useRecords: false })
const pack = (value: unknown): Uint8Array => new Uint8Array(packr.pack(value))
const wireFact = ['cache-0', 1, 'abc', 0, 0, 0]
const results = ['message', 'unknown-frame', 'bad-frame', 'too-large']

describe('codec', () => {
  it.each(everyMessage.map((message) => [message.type, message] as const))(
    'carries a %s unchanged',
    (_, message) => {
      const [frame, ...rest] = encodeFrames(message)
      expect(rest).toEqual([])
      expect(decodeFrame(frame as Uint8Array)).toEqual({ type: 'message', message })
    },
  )

  it('needs less than 20 bytes for a ping without news', () => {
    const hash = { high: 0xdeadbeef, low: 0xcafebabe }
    const [frame] = encodeFrames({ type: 'ping', seq: 123_456, hash, updates: [] })
    expect(frame?.length).toBeLessThan(20)
  })

  it('hands out metadata that does not keep the frame alive', () => {
    const [frame] = encodeFrames({ type: 'updates', updates: [fullFact] })
    const decoded = decodeFrame(frame as Uint8Array)
    const message = decoded.type === 'message' ? decoded.message : undefined
    const metadata = message?.type === 'updates' ? message.updates[0]?.record?.metadata : undefined
    expect(metadata?.buffer.byteLength).toBe(3)
  })

  it('ignores elements that a later version may append', () => {
    expect(
      decodeFrame(pack([2, 5, 1, 2, [[...wireFact, null, null, null, 'new']], null, 'new', [1]])),
    ).toEqual({
      type: 'message',
      message: {
        type: 'ping',
        seq: 5,
        hash: { high: 1, low: 2 },
        updates: [{ ...bareFact, generation: 1, instance: 'abc' }],
      },
    })
  })

  it('tells a frame of an unknown kind from a bad one', () => {
    expect(decodeFrame(pack([99, 'x'])).type).toBe('unknown-frame')
    for (const frame of [[], [-1], ['ping'], [null], [1.5], 7, 'x', null]) {
      expect(decodeFrame(pack(frame)).type).toBe('bad-frame')
    }
  })

  it('tells on an age that somebody told us and that has grown past the safe integers', () => {
    const updates = [{ ...bareFact, state: 'failed', ageMs: Number.MAX_SAFE_INTEGER + 1000 } as const]
    const [frame] = encodeFrames({ type: 'updates', updates })
    expect(decodeFrame(frame as Uint8Array)).toMatchObject({
      message: { updates: [{ ageMs: Number.MAX_SAFE_INTEGER }] },
    })
  })

  it('splits updates that do not fit into one frame, and keeps their order', () => {
    const record = { addresses: ['10.0.0.1:1'], leaving: false, metadata: new Uint8Array(60_000) }
    const updates: Fact[] = Array.from({ length: 50 }, (_, i) => ({ ...bareFact, name: `m-${i}`, record }))
    const frames = encodeFrames({ type: 'delta', updates, wanted: ['x'] })
    expect(frames.length).toBeGreaterThan(1)
    const messages = frames.map(decodeFrame).map((one) => (one.type === 'message' ? one.message : undefined))
    expect(messages[0]).toMatchObject({ type: 'delta', wanted: ['x'] })
    expect(messages.slice(1).every((message) => message?.type === 'updates')).toBe(true)
    const names = messages.flatMap((m) => (m && 'updates' in m ? m.updates.map((fact) => fact.name) : []))
    expect(names).toEqual(updates.map((fact) => fact.name))
  })

  it('splits updates that are too many for one frame', () => {
    const updates = Array.from({ length: wireLimits.updates + 1 }, (_, i) => ({
      ...bareFact,
      name: `m-${i}`,
    }))
    const frames = encodeFrames({ type: 'updates', updates })
    expect(frames.map((frame) => decodeFrame(frame).type)).toEqual(['message', 'message'])
  })
})

describe('codec against wrong shapes', () => {
  const record = (over: Partial<Record<'addresses' | 'leaving' | 'metadata', unknown>> = {}) => {
    const whole = { addresses: ['10.0.0.1:1'], leaving: false, metadata: new Uint8Array(0), ...over }
    return [whole.addresses, whole.leaving, whole.metadata]
  }
  const fact = (position: number, value: unknown) => [
    6,
    [wireFact.map((old, i) => (i === position ? value : old))],
  ]
  const withRecord = (value: unknown) => [6, [[...wireFact, null, value]]]

  const hello = (state: number) => {
    const self = wireFact.map((field, i) => (i === 4 ? state : field))
    return [1, 1, 1, 'c', [...self, null, record()], 1, 2]
  }

  it('accepts the shapes that the cases below break', () => {
    for (const frame of [fact(0, 'other'), withRecord(record()), hello(0), hello(3)]) {
      expect(decodeFrame(pack(frame)).type).toBe('message')
    }
  })

  it.each([
    ['a name that is no string', fact(0, 5)],
    ['an empty name', fact(0, '')],
    ['a name with a line break', fact(0, 'a\nb')],
    ['a name with an escape sequence', fact(0, 'a\u001b[31m')],
    ['a name with a text direction mark', fact(0, 'a\u202eb')],
    ['a negative generation', fact(1, -1)],
    ['a fractional generation', fact(1, 1.5)],
    ['a generation past the safe integers', fact(1, 2 ** 53)],
    ['an infinite generation', fact(1, Number.POSITIVE_INFINITY)],
    ['a generation that is not a number', fact(1, Number.NaN)],
    ['an instance that is a number', fact(2, 7)],
    ['an incarnation past the safe integers', fact(3, 2 ** 60)],
    ['an unknown state', fact(4, 4)],
    ['a negative age', fact(5, -5)],
    ['an unknown ground of a verdict', [6, [[...wireFact, null, null, 3]]]],
    ['a ground that is no number', [6, [[...wireFact, null, null, 'silence']]]],
    ['a fact that is no array', [6, ['x']]],
    ['facts that are no array', [6, 'x']],
    ['a record that is no array', withRecord(true)],
    ['a record without addresses', withRecord(record({ addresses: [] }))],
    ['an address that is a host name', withRecord(record({ addresses: ['example.org:80'] }))],
    ['an address without a port', withRecord(record({ addresses: ['10.0.0.1'] }))],
    ['an address in another spelling', withRecord(record({ addresses: ['[FD00::0:1]:80'] }))],
    ['a leaving flag that is a number', withRecord(record({ leaving: 1 }))],
    ['metadata that is a string', withRecord(record({ metadata: 'x' }))],
    ['a hello without a record', [1, 1, 1, 'c', wireFact, 1, 2]],
    ['a hello of one that calls itself suspect', hello(1)],
    ['a hello of one that calls itself failed', hello(2)],
    ['a ping without a hash', [2, 1]],
    ['a hash half over 32 bits', [2, 1, 2 ** 32, 0]],
    ['an indirect ack without an answer', [5, 1]],
    ['a vote of an unknown kind', [7, ['a', 1, 'b'], 2]],
    ['a want for numbers', [11, [1]]],
    ['a veto about no life', [8, ['a', 1, 'b']]],
  ])('refuses %s', (_, frame) => {
    expect(decodeFrame(pack(frame)).type).toBe('bad-frame')
  })

  it.each([
    ['a long name', fact(0, 'é'.repeat(127))],
    ['a long instance', fact(2, 'x'.repeat(65))],
    ['too many addresses', withRecord(record({ addresses: Array(17).fill('10.0.0.1:1') }))],
    ['too much metadata', withRecord(record({ metadata: new Uint8Array(64 * 1024 + 1) }))],
    ['too many updates', [6, Array(4097).fill(wireFact)]],
    ['too many exceptions', [2, 5, 1, 2, null, Array(33).fill('a')]],
    ['too many names', [11, Array(8193).fill('a')]],
    ['too many vetoes', [8, Array(1025).fill(['a', 1, 'b'])]],
    ['a long cluster id', [1, 1, 1, 'c'.repeat(254), [...wireFact, null, record()], 1, 2]],
  ])('finds %s too large', (_, frame) => {
    expect(decodeFrame(pack(frame)).type).toBe('too-large')
  })

  it('finds a frame over a mebibyte too large, without reading it', () => {
    expect(decodeFrame(new Uint8Array(wireLimits.frameBytes + 1)).type).toBe('too-large')
  })
})

describe('codec against hostile bytes', () => {
  it('refuses deep nesting before anything recurses', () => {
    for (const depth of [9, 1000, 1_000_000]) {
      expect(decodeFrame(new Uint8Array(depth).fill(0x91)).type).toBe('bad-frame')
    }
  })

  it.each([
    ['an array of 2^32-1', [0xdd, 0xff, 0xff, 0xff, 0xff]],
    ['an array of 65535', [0xdc, 0xff, 0xff]],
    ['a string of 2^32-1', [0x91, 0xdb, 0xff, 0xff, 0xff, 0xff]],
    ['binary of 2^32-1', [0x91, 0xc6, 0xff, 0xff, 0xff, 0xff]],
    ['a map of 2^32-1', [0xdf, 0xff, 0xff, 0xff, 0xff]],
    ['an extension of 2^32-1', [0x91, 0xc9, 0xff, 0xff, 0xff, 0xff, 1]],
  ])('refuses %s declared in a few bytes', (_, bytes) => {
    expect(decodeFrame(Uint8Array.from(bytes)).type).toBe('bad-frame')
  })

  it('refuses a mebibyte of empty arrays', () => {
    const frame = new Uint8Array(wireLimits.frameBytes).fill(0x90)
    frame.set([0xdd, 0, 0x0f, 0xff, 0xfb])
    expect(decodeFrame(frame).type).toBe('bad-frame')
  })

  it('refuses every extension, those that the host program registered too', () => {
    let ran = false
    addExtension({
      type: 11,
      unpack: () => {
        ran = true
        return 'x'
      },
    })
    const record = new Packr({ useRecords: true }).pack([{ seq: 1 }])
    const others = [new Date(0), /a+$/, new Error('x'), new Set([1]), 2n ** 70n, new Map([[1, 2]]), undefined]
    const frames = others.map((value) => new Packr({ moreTypes: true }).pack([2, value]))
    for (const frame of [record, ...frames, Uint8Array.of(0x91, 0xd4, 11, 0), Uint8Array.of(0x91, 0xc1)]) {
      expect(decodeFrame(frame).type).toBe('bad-frame')
    }
    expect(ran).toBe(false)
  })

  it('refuses maps, so that no key of a peer becomes a property', () => {
    for (const map of [{}, { a: 1 }, JSON.parse('{"__proto__":{"polluted":true}}')]) {
      expect(decodeFrame(pack([2, 1, map, 1])).type).toBe('bad-frame')
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  it('refuses every truncation of every message, and every message with a byte added', () => {
    for (const message of everyMessage) {
      const frame = encodeFrames(message)[0] as Uint8Array
      for (let length = 0; length < frame.length; length++) {
        expect(decodeFrame(frame.slice(0, length)).type).toBe('bad-frame')
      }
      expect(decodeFrame(Uint8Array.of(...frame, 0)).type).toBe('bad-frame')
    }
  })

  it('survives every change of one byte in every message', () => {
    for (const message of everyMessage) {
      const frame = encodeFrames(message)[0] as Uint8Array
      for (let at = 0; at < frame.length; at++) {
        for (const value of [
          0, 0x7f, 0x80, 0x81, 0x90, 0xa0, 0xc1, 0xc7, 0xcf, 0xd3, 0xd4, 0xdb, 0xdd, 0xdf, 0xff,
        ]) {
          expect(results).toContain(decodeFrame(frame.with(at, value)).type)
        }
      }
    }
  })

  it.each([1, 2, 3])('survives random bytes and random damage (seed %i)', (seed) => {
    const random = seeded(seed)
    for (let run = 0; run < 5000; run++) {
      const bytes = noise(random, randomInt(random, 60))
      expect(results).toContain(decodeFrame(bytes).type)
      const message = everyMessage[randomInt(random, everyMessage.length)] as (typeof everyMessage)[number]
      const frame = Uint8Array.from(encodeFrames(message)[0] as Uint8Array)
      for (let hits = 1 + randomInt(random, 4); hits > 0; hits--) {
        frame[randomInt(random, frame.length)] = randomInt(random, 256)
      }
      expect(results).toContain(decodeFrame(frame).type)
    }
  })

  it('gives back what it accepts, encoded again, as the same message', () => {
    const random = seeded(9)
    let accepted = 0
    for (let run = 0; run < 20_000; run++) {
      const message = everyMessage[randomInt(random, everyMessage.length)] as (typeof everyMessage)[number]
      const frame = Uint8Array.from(encodeFrames(message)[0] as Uint8Array)
      frame[randomInt(random, frame.length)] = randomInt(random, 256)
      const first = decodeFrame(frame)
      if (first.type !== 'message') continue
      accepted++
      expect(decodeFrame(encodeFrames(first.message)[0] as Uint8Array)).toEqual(first)
    }
    expect(accepted).toBeGreaterThan(100)
  })
})
