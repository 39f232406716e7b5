// What one pod asks of another: a read, a write, a copy. Lanes bring it there.
import { type Member, RollcallError } from '@rollcall/membership'
import type { ByteReader, ByteWriter } from './bytes.ts'

/** Values beyond that travel by themselves. */
export const LARGE_BYTES = 64 * 1024

/** Of `answered` and `failed` one is called, once for each time it is posted, with whom it was posted to. */
export interface Operation {
  /** Until when, in ms, as `Time.now` counts them. */
  readonly deadline: number
  /** Whether it holds a large value, or will be answered with one: then it goes by itself, as a stream. */
  readonly isLarge: boolean
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
