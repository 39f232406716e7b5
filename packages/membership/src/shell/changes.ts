// The queue behind `changes()`: one reader, a bounded number of events. A reader that falls behind gets the present
// view in place of what it missed.
import type { Change, ClusterEvent, View } from '../member.ts'

/** Most events that wait for one reader. */
export const MAX_WAITING_CHANGES = 1024

/** One reader's changes. */
export class ChangeQueue<M> implements AsyncIterableIterator<Change<M>> {
  readonly #presentView: () => View<M>
  readonly #onEnd: () => void
  #items: Change<M>[]
  /** Events not kept since the queue ran over; nothing is kept until the reader has the present view. */
  #missed = 0
  #ended = false
  readonly #readers: ((result: IteratorResult<Change<M>, undefined>) => void)[] = []

  constructor(presentView: () => View<M>, onEnd: () => void) {
    this.#presentView = presentView
    this.#onEnd = onEnd
    this.#items = [{ type: 'view', view: presentView() }]
  }

  /** Adds an event. */
  push(event: ClusterEvent<M>): void {
    if (this.#ended) return
    if (this.#missed > 0) {
      this.#missed++
      return
    }
    this.#items.push(event)
    if (this.#items.length > MAX_WAITING_CHANGES) {
      this.#missed = this.#items.length
      this.#items = []
    }
    this.#serve()
  }

  /** Nothing follows; what waits can still be read. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#onEnd()
    this.#serve()
  }

  next(): Promise<IteratorResult<Change<M>, undefined>> {
    return new Promise((resolve) => {
      this.#readers.push(resolve)
      this.#serve()
    })
  }

  return(): Promise<IteratorResult<Change<M>, undefined>> {
    this.#items = []
    this.#missed = 0
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #serve(): void {
    while (this.#readers.length > 0) {
      const item = this.#take()
      if (item === undefined && !this.#ended) return
      this.#readers.shift()?.(
        item === undefined ? { done: true, value: undefined } : { done: false, value: item },
      )
    }
  }

  #take(): Change<M> | undefined {
    if (this.#missed === 0) return this.#items.shift()
    const missed = this.#missed
    this.#missed = 0
    return { type: 'resync', view: this.#presentView(), missed }
  }
}
