import { Packr } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { randomInt } from '../../src/core/random.ts'
import { defaultLimits } from '../../src/limits.ts'
import { decodeMetadata, encodeMetadata } from '../../src/shell/metadata.ts'
import { noise, seeded } from './messages.ts'

const code = (run: () => unknown): unknown => {
  try {
    run()
    return undefined
  } catch (error) {
    return (error as { code?: unknown }).code
  }
}

describe('metadata', () => {
  it.each([
    [null],
    [true],
    [-1.5],
    [1_790_000_000_123],
    ['zone-a'],
    [[1, [2, 'x']]],
    [{ zone: 'a', weights: [1, 2], nested: { ok: true } }],
    [{ 'key with space': 'ü', 5: 1 }],
  ])('comes back as it was given: %j', (value) => {
    expect(decodeMetadata(encodeMetadata(value))).toEqual(value)
  })

  it('keeps binary data, and no metadata at all', () => {
    const decoded = decodeMetadata(encodeMetadata({ key: Uint8Array.of(1, 2) })) as { key: Uint8Array }
    expect([...decoded.key]).toEqual([1, 2])
    expect(encodeMetadata(undefined).length).toBe(0)
    expect(decodeMetadata(new Uint8Array(0))).toBeUndefined()
  })

  it('leaves out fields that are undefined', () => {
    expect(decodeMetadata(encodeMetadata({ zone: undefined, role: 'a' }))).toEqual({ role: 'a' })
  })

  it('is frozen all the way down', () => {
    const decoded = decodeMetadata(encodeMetadata({ a: [{ b: 1 }] })) as { a: { b: number }[] }
    expect(Object.isFrozen(decoded) && Object.isFrozen(decoded.a) && Object.isFrozen(decoded.a[0])).toBe(true)
  })

  const cycle: { self?: unknown } = {}
  cycle.self = cycle
  it.each([
    ['a date', new Date(0)],
    ['a function', () => 0],
    ['a bigint', { big: 1n }],
    ['a map', [new Map()]],
    ['a class instance', { at: new URL('http://x/') }],
    ['a cycle', cycle],
    ['undefined in an array', [undefined]],
    ['a symbol', Symbol('x')],
    ['a key that reaches the prototype', JSON.parse('{"a":{"__proto__":1}}')],
  ])('refuses %s', (_, value) => {
    expect(code(() => encodeMetadata(value))).toBe('ERR_ROLLCALL_METADATA_TYPE')
  })

  it('names the place of what it refuses', () => {
    expect(() => encodeMetadata({ a: [{ when: new Date(0) }] })).toThrow(/metadata\.a\[0\]\.when/)
  })

  it('says what it expected, what it got, and what a getter threw', () => {
    const when = new Date(0)
    const thrown = (value: unknown): unknown => {
      try {
        return encodeMetadata(value)
      } catch (error) {
        return error
      }
    }
    const expected = expect.stringContaining('plain object')
    expect(thrown({ when })).toMatchObject({ path: 'metadata.when', expected, value: when })
    const cause = new Error('boo')
    const getter = Object.defineProperty({}, 'a', {
      enumerable: true,
      get: () => {
        throw cause
      },
    })
    expect(thrown(getter)).toMatchObject({ code: 'ERR_ROLLCALL_METADATA_TYPE', path: 'metadata.a', cause })
  })

  it.each(['__proto__', 'constructor', 'prototype'])('makes no key %s of bytes that are no UTF-8', (key) => {
    const overlong = [...key].flatMap((char) => {
      const code = char.charCodeAt(0)
      return [0xc0 | (code >> 6), 0x80 | (code & 0x3f)]
    })
    const decoded = decodeMetadata(Uint8Array.of(0x81, 0xa0 | overlong.length, ...overlong, 1))
    expect(Object.keys(decoded as object)).not.toContain(key)
  })

  it('refuses more than its limit and takes as much', () => {
    const { metadataBytes } = defaultLimits
    expect(code(() => encodeMetadata('x'.repeat(metadataBytes)))).toBe('ERR_ROLLCALL_METADATA_TOO_LARGE')
    expect(encodeMetadata('x'.repeat(metadataBytes - 3)).length).toBe(metadataBytes)
  })

  it('reads as nothing when a peer sends what is not plain data', () => {
    const evil = [
      new Packr({ useRecords: true }).pack([{ a: 1 }]),
      new Packr({}).pack(new Date(0)),
      Uint8Array.of(0x81, 0xa9, ...Buffer.from('__proto__'), 0x80),
      Uint8Array.of(0x81, 0xd9, 9, ...Buffer.from('__proto__'), 0x80),
      Uint8Array.of(0x81, 0x01, 0x01),
      Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff),
      new Uint8Array(50_000).fill(0x91),
      Uint8Array.of(0xa1),
    ]
    for (const bytes of evil) expect(decodeMetadata(bytes)).toBeUndefined()
  })

  it('never throws on random bytes (seed 4)', () => {
    const random = seeded(4)
    for (let run = 0; run < 10_000; run++) {
      expect(() => decodeMetadata(noise(random, randomInt(random, 40)))).not.toThrow()
    }
  })
})
