// A read that is asked for a second time, from a pod that has said that its value is large.
import type { Member } from '@rollcall/membership'
import type { ByteReader, ByteWriter } from '../wire/bytes.ts'
import type { Operation } from '../wire/operation.ts'

export class Fetch implements Operation {
  readonly largeBytes: number
  readonly #read: Operation
  readonly #ended: () => void

  /** `ended` is called before the read is told. */
  constructor(read: Operation, bytes: number, ended: () => void) {
    this.largeBytes = bytes
    this.#read = read
    this.#ended = ended
  }

  get deadline(): number {
    return this.#read.deadline
  }

  write(to: ByteWriter): void {
    this.#read.write(to)
  }

  answered(from: ByteReader, member: Member): void {
    this.#ended()
    this.#read.answered(from, member)
  }

  failed(error: unknown, member: Member): void {
    this.#ended()
    this.#read.failed(error, member)
  }
}
