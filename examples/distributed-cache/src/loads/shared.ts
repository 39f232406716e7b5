// One search for a key, and all callers of this pod that wait for what comes of it, each until its own deadline. Who
// has stopped waiting is forgotten, even if the search never ends.
import { CacheError } from '../errors.ts'
import type { Time } from '../time.ts'

interface Waiter<T> {
  readonly resolve: (result: T) => void
  readonly reject: (error: unknown) => void
}

export class Shared<T> {
  readonly #waiters = new Set<Waiter<T>>()
  /** Whose search it is. */
  #first: Waiter<T> | undefined
  #offered: T | undefined

  /** Begins to follow the search. */
  follow(search: Promise<T>): void {
    search.then(
      (result) => {
        for (const { resolve } of this.#waiters) resolve(result)
      },
      (error: unknown) => this.fail(error),
    )
  }

  /** Nothing comes of it. */
  fail(error: unknown): void {
    for (const { reject } of this.#waiters) reject(error)
  }

  /** Something for those who cannot wait for more. */
  offer(result: T): void {
    this.#offered = result
  }

  /** After a while it resolves with what was offered, or rejects with ERR_CACHE_UNAVAILABLE. */
  wait(time: Time, timeoutMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = () => {
        cancel()
        this.#waiters.delete(waiter)
      }
      const waiter: Waiter<T> = {
        resolve: (result) => {
          end()
          resolve(result)
        },
        reject: (error) => {
          end()
          reject(error)
        },
      }
      const cancel = time.after(timeoutMs, () => {
        if (this.#offered === undefined) waiter.reject(late())
        else waiter.resolve(this.#offered)
      })
      this.#first ??= waiter
      this.#waiters.add(waiter)
    })
  }

  /** It takes too long: all but the first one may search anew. */
  giveUp(): void {
    for (const waiter of this.#waiters) if (waiter !== this.#first) waiter.reject(late())
  }
}

export function late(): CacheError {
  return new CacheError('ERR_CACHE_UNAVAILABLE', 'the key was not loaded in time')
}
