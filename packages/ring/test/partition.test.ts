import { describe, expect, it } from 'vitest'
import { partitionCount, partitionOf } from '../src/index.ts'

/** CRC-32 bit by bit, as RFC 1952 defines it. */
function slowCrc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return ~crc >>> 0
}

const keys = ['', 'a', 'user:1', 'ключ', '日本語', '😀', 'e\u0301', '\0', 'x'.repeat(100_000)]

describe('the partition of a key', () => {
  it.each(keys.map((key) => [key.slice(0, 20), key]))(
    'is the top of its CRC-32, multiplied: %j',
    (_, key) => {
      const product = (BigInt(slowCrc32(Buffer.from(key))) * 0x9e3779b1n) % 2n ** 32n
      expect(partitionOf(key)).toBe(Number(product >> 18n))
    },
  )

  it.each(keys.map((key) => [key.slice(0, 20), key]))(
    'is that of the UTF-8 bytes of a text: %j',
    (_, key) => {
      expect(partitionOf(new TextEncoder().encode(key))).toBe(partitionOf(key))
    },
  )

  it('is that of the bytes, whatever buffer they are in', () => {
    const backing = new Uint8Array(100).fill(7)
    backing.set([1, 2, 3, 255], 33)
    expect(partitionOf(backing.subarray(33, 37))).toBe(partitionOf(new Uint8Array([1, 2, 3, 255])))
    expect(partitionOf(Buffer.from([1, 2, 3, 255]))).toBe(partitionOf(new Uint8Array([1, 2, 3, 255])))
  })

  it('tells texts apart that look alike', () => {
    expect(partitionOf('\u00e9')).not.toBe(partitionOf('e\u0301'))
  })

  it.each([
    ['numbered', (i: number) => `user:${i}`],
    ['padded', (i: number) => String(i).padStart(12, '0')],
    ['stepped', (i: number) => `k${i * 1024}`],
    ['repeated', (i: number) => `${i.toString(16).padStart(6, '0')}`.repeat(3)],
    ['binary', (i: number) => new Uint8Array(new Float64Array([i]).buffer)],
    ['in two letters', (i: number) => i.toString(2).padStart(18, '0')],
  ])('spreads keys evenly that are %s', (_, keyOf) => {
    const count = 200_000
    const counts = new Float64Array(partitionCount)
    for (let i = 0; i < count; i++) {
      const partition = partitionOf(keyOf(i))
      counts[partition] = (counts[partition] ?? 0) + 1
    }
    const mean = count / partitionCount
    const chiSquare = counts.reduce((sum, n) => sum + (n - mean) ** 2 / mean, 0)
    // Mean 1 and standard deviation 0.011 for a random function.
    expect(chiSquare / (partitionCount - 1)).toBeGreaterThan(0.94)
    expect(chiSquare / (partitionCount - 1)).toBeLessThan(1.06)
  })

  it.each([[undefined], [null], [7], [['a']], [{}], [new ArrayBuffer(4)]])('does not exist for %j', (key) => {
    expect(() => partitionOf(key as never)).toThrow(
      expect.objectContaining({ code: 'ERR_ROLLCALL_INVALID_OPTION', option: 'key', value: key }),
    )
  })
})
