// What one pod asks of another: a read, a write, a copy. Lanes bring it there.
import { type Member, RollcallError } from '@rollcall/membership'
import type { ByteReader, ByteWriter } from './bytes.ts'

/** Values beyond that travel by themselves. */
const LARGE_BYTES = 16 * 1024

/** What a value of so many bytes counts as: nothing where it travels with others. */
export function largeBytes(bytes: number): number {
  return bytes > LARGE_BYTES ? bytes : 0
}

/** Of `answered` and `failed` one is called, once for each time it is posted, with whom it was posted to. */
export interface Operation {
  /** Until when, in ms, as `Time.now` counts them. */
  readonly deadline: number
  /** Of the large value that it holds, or will be answered with: then it goes by itself, as a stream. 0 if there is none. */
  readonly largeBytes: number
  write(to: ByteWriter): void
  /** Reads its answer. @throws MalformedError */
  answered(from: ByteReader, member: Member): void
  /** There is none, for whatever reason. */
  failed(error: unknown, member: Member): void
  /** There is none yet, after `lateMs` of the lane; it may still come. */
  late?(member: Member): void
}

/** Whether an operation that has failed with it may have been done. */
export function mayHaveRun(error: unknown): boolean {
  if (!(error instanceof RollcallError)) return true
  return !('mayHaveRun' in error) || error.mayHaveRun !== false
}
