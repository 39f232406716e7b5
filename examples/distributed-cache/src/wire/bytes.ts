// Bytes of a batch, written and read one field after the other. All that comes from another pod is read here, so each
// field is checked against the end of what was received.

import { copyBytes, copyText } from '../copy-bytes.ts'
import type { Kept } from '../store/kept.ts'
import { MalformedError, toBytes, whole } from './checks.ts'

const FIRST_BYTES = 1024
/** No field a pod writes is larger. */
const MAX_NAME_BYTES = 255

/** Grows as it is written to. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES)
  #length = 0
  #names: Map<string, number> | undefined

  get length(): number {
    return this.#length
  }

  u8(value: number) {
    const at = this.#room(1)
    this.#bytes[at] = value
  }

  u16(value: number) {
    const at = this.#room(2)
    this.#bytes.writeUInt16LE(value, at)
  }

  u32(value: number) {
    const at = this.#room(4)
    this.#bytes.writeUInt32LE(value, at)
  }

  f64(value: number) {
    const at = this.#room(8)
    this.#bytes.writeDoubleLE(value, at)
  }

  /** At most 65,535 bytes of UTF-8. */
  text(text: string) {
    const at = this.#room(2 + text.length * 3)
    const bytes = this.#bytes.write(text, at + 2)
    this.#bytes.writeUInt16LE(bytes, at)
    this.#length = at + 2 + bytes
  }

  bytes(bytes: Uint8Array) {
    const at = this.#room(4 + bytes.length)
    this.#bytes.writeUInt32LE(bytes.length, at)
    copyBytes(bytes, this.#bytes, at + 4)
  }

  /** The same of a value as it is kept. */
  kept(value: Kept) {
    if (typeof value !== 'string') return this.bytes(value)
    const at = this.#room(4 + value.length)
    this.#bytes.writeUInt32LE(value.length, at)
    copyText(value, this.#bytes, at + 4)
  }

  /** The name of a pod: written out where it comes first, a number from then on. */
  podName(name: string) {
    this.#names ??= new Map()
    const known = this.#names.get(name)
    if (known !== undefined) return this.u16(known)
    this.u16(this.#names.size)
    this.#names.set(name, this.#names.size)
    this.text(name)
  }

  /** What can be read by itself: its length, and then what `write` writes. */
  record(write: () => void): void {
    const at = this.#room(4)
    this.#names = undefined
    write()
    this.#bytes.writeUInt32LE(this.#length - at - 4, at)
  }

  /** What was written. Nothing may be written from then on. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Where the next bytes go. */
  #room(bytes: number): number {
    const at = this.#length
    this.#length = at + bytes
    if (this.#length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#length, this.#bytes.length * 2))
      larger.set(this.#bytes.subarray(0, at))
      this.#bytes = larger
    }
    return at
  }
}

/** Each call reads one field. @throws MalformedError */
export class ByteReader {
  readonly #bytes: Buffer
  #at = 0
  #names: string[] | undefined

  constructor(bytes: unknown) {
    const { buffer, byteOffset, byteLength } = toBytes(bytes)
    this.#bytes = Buffer.from(buffer, byteOffset, byteLength)
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  u8(): number {
    return this.#bytes[this.#next(1)] as number
  }

  u16(): number {
    return this.#bytes.readUInt16LE(this.#next(2))
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#next(4))
  }

  f64(): number {
    return this.#bytes.readDoubleLE(this.#next(8))
  }

  /** A whole number of at least 0. */
  whole(): number {
    return whole(this.f64())
  }

  text(): string {
    const length = this.u16()
    const at = this.#next(length)
    return this.#bytes.toString('utf8', at, at + length)
  }

  /** A part of what was received, not a copy. */
  bytes(): Uint8Array {
    const length = this.u32()
    const at = this.#next(length)
    return this.#bytes.subarray(at, at + length)
  }

  podName(): string {
    this.#names ??= []
    const number = this.u16()
    if (number < this.#names.length) return this.#names[number] as string
    if (number > this.#names.length) throw new MalformedError('the number of a pod is expected')
    const name = this.text()
    if (name.length > MAX_NAME_BYTES) throw new MalformedError('the name of a pod is expected')
    this.#names.push(name)
    return name
  }

  #next(bytes: number): number {
    const at = this.#at
    this.#at = at + bytes
    if (this.#at > this.#bytes.length) throw new MalformedError('it ends early')
    return at
  }
}
