import { Packr } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { decodeBody, encodeBody, notPlain } from '../../src/messages/body.ts'

const roundTrip = (value: unknown) => decodeBody(encodeBody(value, 'request'))

describe('a body', () => {
  it.each([
    undefined,
    null,
    true,
    0,
    -1,
    1.5,
    2 ** 40,
    -(2 ** 53) + 1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '',
    'é'.repeat(300),
    [],
    {},
    [1, [2, [3]], { a: { b: [null] } }],
    { bytes: new Uint8Array([1, 2]), nested: [{ bytes: new Uint8Array(0) }] },
  ])('comes back as it was: %j', (value) => {
    const back = roundTrip(value)
    const comparable = (of: unknown): unknown => {
      if (ArrayBuffer.isView(of)) return { bytes: Array.from(of as Uint8Array) }
      if (Array.isArray(of)) return of.map(comparable)
      if (typeof of !== 'object' || of === null) return of
      return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, comparable(value)]))
    }
    expect(comparable(back)).toEqual(comparable(value))
  })

  it('has one U+FFFD or more for each half of a surrogate pair, short or long', () => {
    for (const rest of ['', 'x'.repeat(1000)]) {
      expect(roundTrip(`a\ud800b\udc00${rest}`)).toMatch(new RegExp(`^a\ufffd+b\ufffd+${rest}$`))
      expect(Object.keys(roundTrip({ [`\ud800${rest}`]: 1 }) as object)[0]).toMatch(/^\ufffd+x*$/)
    }
  })

  it('that is bytes is not copied', () => {
    const bytes = new Uint8Array([1, 2, 3])
    expect(encodeBody(bytes, 'request').bytes).toBe(bytes)
    expect(roundTrip(Buffer.from('x'))).toEqual(Buffer.from('x'))
  })

  it('leaves out fields that are undefined, and keeps large objects whole', () => {
    expect(roundTrip({ a: 1, b: undefined, c: [{ d: undefined }] })).toEqual({ a: 1, c: [{}] })
    expect(Object.keys(roundTrip({ a: undefined }) as object)).toEqual([])
    const large = Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`k${i}`, i]))
    expect(roundTrip(large)).toEqual(large)
    const bare = Object.assign(Object.create(null), { a: 1 })
    expect(roundTrip(bare)).toEqual({ a: 1 })
  })

  const cycle: { self?: unknown } = {}
  cycle.self = cycle
  const wide: unknown[] = []
  wide.push(wide, wide)
  let dag: unknown = 1
  for (let i = 0; i < 40; i++) dag = [dag, dag]
  class Point {
    x = 1
  }
  it.each([
    ['a function', () => 0, 'body'],
    ['a symbol', Symbol('s'), 'body'],
    ['a bigint', { a: [1n] }, 'body.a[0]'],
    ['undefined in an array', [1, undefined], 'body[1]'],
    // biome-ignore lint/suspicious/noSparseArray: that is what is tested
    ['a hole', [1, , 2], 'body[1]'],
    ['a Date', { when: new Date() }, 'body.when'],
    ['a Map', new Map([['a', 1]]), 'body'],
    ['a Set', new Set([1]), 'body'],
    ['an Error', new Error('e'), 'body'],
    ['a RegExp', /x/, 'body'],
    ['an instance of a class', [new Point()], 'body[0]'],
    ['an ArrayBuffer', new ArrayBuffer(1), 'body'],
    ['a Float64Array', new Float64Array(1), 'body'],
    ['a promise', Promise.resolve(1), 'body'],
    ['a method', { toJSON: () => 1 }, 'body.toJSON'],
    ['a reserved key', JSON.parse('{"a":{"__proto__":1}}'), 'body.a.__proto__'],
    ['another reserved key', { constructor: 1 }, 'body.constructor'],
    ['a cycle', cycle, expect.stringMatching(/^body\.self\.self/)],
    ['a wide cycle', wide, expect.stringMatching(/^body\[0\]\[0\]/)],
    ['a million shared values', dag, expect.stringMatching(/^body/)],
    [
      'a getter that throws',
      {
        get a() {
          throw new Error('no')
        },
      },
      'body',
    ],
  ])('is refused when it holds %s', (_, value, path) => {
    expect(() => encodeBody(value, 'request')).toThrow(
      expect.objectContaining({ code: 'ERR_ROLLCALL_BODY_TYPE', part: 'request', path }),
    )
  })

  it('may be 100 levels deep, and no deeper', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])
    expect(roundTrip(nested(100))).toEqual(nested(100))
    expect(() => encodeBody(nested(101), 'request')).toThrow(/at most 100 levels/)
  })

  it('has at most a million values and keys, whatever they are', () => {
    expect(roundTrip(Array(999_999).fill(0))).toHaveLength(999_999)
    const keyed = Array(333_333).fill({ a: 0 })
    for (const value of [Array(1_000_000).fill(0), [...keyed, 0]]) {
      expect(() => encodeBody(value, 'request')).toThrow(/at most 1000000 values/)
    }
  })

  it('that cannot be looked at is refused', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    for (const value of [proxy, [proxy], new Proxy(new Uint8Array(1), {})]) {
      expect(() => encodeBody(value, 'request')).toThrow(
        expect.objectContaining({ code: 'ERR_ROLLCALL_BODY_TYPE' }),
      )
    }
    expect(() => encodeBody([1n], 'request')).toThrow(/body\[0\]: expected .* got 1n/)
  })

  it('is at most 4 MiB', () => {
    expect(encodeBody(new Uint8Array(4 * 1024 * 1024), 'request').bytes).toHaveLength(4 * 1024 * 1024)
    for (const value of [new Uint8Array(4 * 1024 * 1024 + 1), 'x'.repeat(4 * 1024 * 1024)]) {
      expect(() => encodeBody(value, 'response')).toThrow(
        expect.objectContaining({ code: 'ERR_ROLLCALL_BODY_TOO_LARGE', part: 'response' }),
      )
    }
  })

  it.each([
    ['nothing', []],
    ['a truncated string', [0xa5, 0x61]],
    ['trailing bytes', [0x01, 0x01]],
    ['a huge array', [0xdd, 0xff, 0xff, 0xff, 0xff]],
    ['an extension', [0xd4, 0x01, 0x00]],
    ['a date', [...new Packr().pack(new Date())]],
    ['a record', [...new Packr().pack({ a: 1 })]],
    ['a key __proto__', [0x81, 0xa9, ...Buffer.from('__proto__'), 0x80]],
    ['a number as key', [0x81, 0x01, 0x01]],
    ['endless nesting', Array(1000).fill(0x91)],
  ])('from a peer that is %s is no plain data', (_, bytes) => {
    expect(decodeBody({ kind: 'plain', bytes: Uint8Array.from(bytes) })).toBe(notPlain)
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
})
