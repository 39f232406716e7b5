// Lets one pod at a time load a key: kept by an owner of the key, at whom all others wait. Pure: told of what happens,
// it answers those who wait.

import type { Grant } from '../writes/write.ts'

/** What becomes of a pod that wants to load. */
export type Verdict =
  /** Not known yet. A pod that does not ask again, with the same token, loses its place. */
  | { readonly type: 'waiting' }
  /** It may. Others wait until it is done. */
  | { readonly type: 'granted'; readonly grant: Grant }
  /** The key has been written. */
  | { readonly type: 'written' }
  /** The loader of another pod has failed. */
  | { readonly type: 'failed'; readonly message: string }
  /** This pod does not serve the key, or too many wait. */
  | { readonly type: 'refused' }

/** How a load has ended. `released`: it was given up, and another pod may try. */
export type Ending =
  | { readonly type: 'written' }
  | { readonly type: 'released' }
  | { readonly type: 'failed'; readonly message: string }

/** A question of somebody who wants to load, known by a token of its own. */
export interface Waiter {
  readonly token: string
  /** The life of the pod. */
  readonly instance: string
  readonly answer: (verdict: Verdict) => void
}

interface Load {
  holder: Waiter
  until: number
  readonly waiting: Waiter[]
}

/** A loader that takes longer than that may be run a second time. */
export const MAX_LOAD_MS = 60_000
const MAX_WAITING = 16_384

export class LoadKeeper {
  readonly #loads = new Map<string, Load>()
  readonly #grantOf: (key: string) => Grant
  #waiting = 0

  /** `grantOf`: what a load of a key may be written on top of, now. */
  constructor(grantOf: (key: string) => Grant) {
    this.#grantOf = grantOf
  }

  ask(key: string, waiter: Waiter, now: number): void {
    const load = this.#loads.get(key)
    // It has been told so by now, in answer to an earlier question.
    if (load?.holder.token === waiter.token) waiter.answer({ type: 'waiting' })
    else if (load !== undefined && load.until > now) this.#wait(load, waiter)
    else {
      if (load !== undefined) this.#leave(load, ({ token }) => token === waiter.token)
      this.#grant(key, waiter, load?.waiting ?? [], now)
    }
  }

  /** Nobody waits for the answer to this question any more. A later one of the same token keeps the place. */
  leave(key: string, waiter: Waiter, now: number): void {
    const load = this.#loads.get(key)
    if (load?.holder === waiter) this.#pass(key, load, now)
    else if (load !== undefined) this.#leave(load, (one) => one === waiter)
  }

  /** The one who was granted the load is done. */
  end(key: string, token: string, ending: Ending, now: number) {
    const load = this.#loads.get(key)
    if (load === undefined) return
    if (load.holder.token !== token) return this.#leave(load, (one) => one.token === token)
    if (ending.type === 'released') return this.#pass(key, load, now)
    this.#loads.delete(key)
    this.#waiting -= load.waiting.length
    for (const { answer } of load.waiting) answer(ending)
  }

  /** A life of a pod has ended: what it was loading the next one may load. */
  gone(instance: string, now: number): void {
    for (const [key, load] of this.#loads) {
      for (const waiter of load.waiting.filter((one) => one.instance === instance))
        this.#leave(load, (one) => one === waiter)
      if (load.holder.instance === instance) this.#pass(key, load, now)
    }
  }

  #grant(key: string, holder: Waiter, waiting: Waiter[], now: number): void {
    this.#loads.set(key, { holder, until: now + MAX_LOAD_MS, waiting })
    holder.answer({ type: 'granted', grant: this.#grantOf(key) })
  }

  #pass(key: string, load: Load, now: number): void {
    const next = load.waiting.shift()
    if (next === undefined) {
      this.#loads.delete(key)
      return
    }
    this.#waiting--
    this.#grant(key, next, load.waiting, now)
  }

  #wait({ waiting }: Load, waiter: Waiter): void {
    const place = waiting.findIndex(({ token }) => token === waiter.token)
    if (place >= 0) {
      waiting.splice(place, 1, waiter)[0]?.answer({ type: 'waiting' })
    } else if (this.#waiting >= MAX_WAITING) {
      waiter.answer({ type: 'refused' })
    } else {
      waiting.push(waiter)
      this.#waiting++
    }
  }

  /** Somebody waits no longer. */
  #leave(load: Load, isMeant: (waiter: Waiter) => boolean): void {
    const at = load.waiting.findIndex(isMeant)
    if (at < 0) return
    load.waiting.splice(at, 1)
    this.#waiting--
  }
}
