// Waiting until a member takes messages again: first come, first served.
import { onAbort } from './on-abort.ts'
import type { Peer } from './peer.ts'

/** So many go on at once at most: nobody knows how much each of them sends. */
const MAX_AT_ONCE = 256

/** Who waits for one life of one member. */
export class Waiters {
  readonly #room: () => number
  readonly #later: (run: () => void) => void
  readonly #waiting = new Set<() => void>()
  #isScheduled = false

  /** `room`: how many requests are taken at present; `later` calls back when others have had their turn. */
  constructor(room: () => number, later: (run: () => void) => void) {
    this.#room = room
    this.#later = later
  }

  /** `look` is called when it is its turn to see whether it can go on; then it takes itself out. */
  add(look: () => void): void {
    this.#waiting.add(look)
  }

  delete(look: () => void): void {
    this.#waiting.delete(look)
  }

  /** There may be room again: as many go on as it is enough for, and when they have had their turn, the next. */
  wake(): void {
    if (this.#isScheduled || this.#waiting.size === 0) return
    let count = Math.min(this.#room(), MAX_AT_ONCE)
    if (count === 0) return
    for (const look of this.#waiting) {
      look()
      if (--count === 0) break
    }
    this.#isScheduled = true
    this.#later(() => {
      this.#isScheduled = false
      this.wake()
    })
  }

  /** There is nothing to wait for here any more. */
  end(): void {
    for (const look of [...this.#waiting]) look()
  }
}

/** Resolves once the peer takes messages; `find` gives it as it is now, or throws why there is nothing to wait for. */
export function whenWritable(find: () => Peer, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    let watched: Peer | undefined
    let unfollow: (() => void) | undefined
    const finish = (settle: () => void) => {
      watched?.waiters.delete(look)
      unfollow?.()
      settle()
    }
    const look = () => {
      try {
        const peer = find()
        if (peer.isWritable) return finish(resolve)
        // The name may have got another life while we wait.
        if (peer === watched) return
        watched?.waiters.delete(look)
        watched = peer
        peer.waiters.add(look)
      } catch (error) {
        finish(() => reject(error))
      }
    }
    if (signal?.aborted) return reject(signal.reason)
    if (signal !== undefined) unfollow = onAbort(signal, () => finish(() => reject(signal.reason)))
    look()
  })
}
