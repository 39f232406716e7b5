// Reads the fields of items, never beyond the end of the item it was given.
import { isUtf8 } from 'node:buffer'
import { WireFault } from './wire-fault.ts'

/** Longest varint: 2^53 - 1. */
const MOST_VARINT_BYTES = 8

export class ByteReader {
  bytes: Buffer = Buffer.alloc(0)
  at = 0
  end = 0

  byte(): number {
    if (this.at >= this.end) throw new WireFault('bad-frame', 'an item is too short')
    return this.bytes[this.at++] as number
  }

  u24(): number {
    return this.byte() * 0x10000 + this.byte() * 0x100 + this.byte()
  }

  u32(): number {
    return this.u24() * 0x100 + this.byte()
  }

  varint(): number {
    let value = this.byte()
    if (value < 0x80) return value
    value &= 0x7f
    let unit = 0x80
    for (let i = 1; i < MOST_VARINT_BYTES; i++) {
      const byte = this.byte()
      value += (byte & 0x7f) * unit
      if (byte < 0x80) {
        if (value <= Number.MAX_SAFE_INTEGER) return value
        break
      }
      unit *= 0x80
    }
    throw new WireFault('bad-frame', 'a number is too large')
  }

  flag(): boolean {
    const byte = this.byte()
    if (byte > 1) throw new WireFault('bad-frame', 'neither yes nor no')
    return byte === 1
  }

  /** One of a list, by its number. */
  oneOf<T>(list: readonly T[]): T {
    const number = this.byte()
    const one = list[number]
    if (one === undefined) throw new WireFault('bad-frame', `there is no kind ${number}`)
    return one
  }

  /** Moves on by `length` bytes and gives where they begin. */
  advance(length: number): number {
    const start = this.at
    if (length > this.end - start) throw new WireFault('bad-frame', 'an item is too short')
    this.at = start + length
    return start
  }

  text(length: number): string {
    const start = this.advance(length)
    const bytes = this.bytes.subarray(start, this.at)
    if (!isUtf8(bytes)) throw new WireFault('bad-frame', 'a text is no UTF-8')
    return bytes.toString('utf8')
  }

  /** What is left, as a view. */
  rest(): Buffer {
    const rest = this.bytes.subarray(this.at, this.end)
    this.at = this.end
    return rest
  }
}
