// A set of partitions, as one bit for each: 2 KiB to be kept or sent, however many there are.
import { partitionCount } from '@rollcall/ring'
import { MalformedError } from '../wire/checks.ts'

const BYTES = partitionCount / 8

export class PartitionSet {
  readonly bits: Uint8Array

  constructor(bits: Uint8Array = new Uint8Array(BYTES)) {
    this.bits = bits
  }

  /** From what was received: all partitions, or none at all. @throws MalformedError */
  static from(bits: Uint8Array): PartitionSet {
    if (bits.length === 0) return new PartitionSet()
    if (bits.length !== BYTES) throw new MalformedError('a set of partitions is expected')
    return new PartitionSet(Uint8Array.from(bits))
  }

  /** To be sent: nothing if it is empty. */
  toBytes(): Uint8Array {
    return this.isEmpty ? new Uint8Array(0) : this.bits
  }

  get isEmpty(): boolean {
    return this.bits.every((byte) => byte === 0)
  }

  has(partition: number): boolean {
    return (((this.bits[partition >> 3] as number) >> (partition & 7)) & 1) === 1
  }

  add(partition: number): void {
    this.bits[partition >> 3] = (this.bits[partition >> 3] as number) | (1 << (partition & 7))
  }

  *[Symbol.iterator](): Generator<number> {
    for (let partition = 0; partition < partitionCount; partition++) {
      if (this.has(partition)) yield partition
    }
  }
}
