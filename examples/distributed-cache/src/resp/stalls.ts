// Whether a client leaves us with half a command, or with replies that it does not read, for too long.
import type { Socket } from 'node:net'
import { STALL_MS } from './limits.ts'

export class Stalls {
  /** Since when the client owes us the rest of a command. */
  #halfSinceMs: number | undefined
  #sentBytes = 0
  #sentAtMs = 0

  /** Nothing is missing, or it is not the client that is late. */
  whole(): void {
    this.#halfSinceMs = undefined
  }

  /** A part of a command is here. `isNew`: of another one than before. */
  half(isNew: boolean): void {
    if (isNew || this.#halfSinceMs === undefined) this.#halfSinceMs = performance.now()
  }

  /** Whether the rest of a command is late. */
  isHalfLate(nowMs: number): boolean {
    return nowMs - (this.#halfSinceMs ?? nowMs) > STALL_MS
  }

  /** Whether the client has taken nothing of what waits for it; to be asked now and then. */
  isUnread({ bytesWritten, writableLength }: Socket, nowMs: number): boolean {
    const sentBytes = bytesWritten - writableLength
    if (writableLength > 0 && sentBytes === this.#sentBytes) return nowMs - this.#sentAtMs > STALL_MS
    this.#sentBytes = sentBytes
    this.#sentAtMs = nowMs
    return false
  }
}
