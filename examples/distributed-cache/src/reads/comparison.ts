// Compares what this pod has of a key with what another owner has, so that the older of two is mended.
import type { Member } from '@rollcall/membership'
import type { ByteReader, ByteWriter } from '../wire/bytes.ts'
import type { Operation } from '../wire/operation.ts'
import { type ReadAnswer, readReadAnswer } from './read-wire.ts'

export class Comparison implements Operation {
  readonly deadline: number
  readonly largeBytes: number
  readonly #key: string
  readonly #partition: number
  readonly #done: (answer: ReadAnswer) => void

  /** `largeBytes`: of the value that the other one is known to have. */
  constructor(
    key: string,
    partition: number,
    deadline: number,
    largeBytes: number,
    done: (answer: ReadAnswer) => void,
  ) {
    this.largeBytes = largeBytes
    this.#key = key
    this.#partition = partition
    this.deadline = deadline
    this.#done = done
  }

  write(to: ByteWriter): void {
    to.text(this.#key)
  }

  answered(from: ByteReader): void {
    this.#done(readReadAnswer(from, this.#partition))
  }

  failed(_error: unknown, _member: Member): void {}
}
