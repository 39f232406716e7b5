// Virtual time: a queue of what is to happen and when. Nothing waits; running means taking the next event and
// setting the clock to its time. Events for the same instant run in the order in which they were scheduled.

/** Something scheduled; can be cancelled. */
export interface Scheduled {
  readonly at: number
  readonly order: number
  run: (() => void) | undefined
}

/** Times are whole multiples of 1/1024 ms, so that sums of them are exact and a wake-up is never a hair too early. */
function quantize(ms: number): number {
  return Math.ceil(ms * 1024) / 1024
}

/** A clock that moves only when told to. */
export class VirtualClock {
  #now = 0
  #order = 0
  /** A binary heap: the first entry is the earliest. */
  readonly #heap: Scheduled[] = []

  /** Virtual milliseconds since the start. */
  get now(): number {
    return this.#now
  }

  /** How many events wait, cancelled ones included. */
  get pending(): number {
    return this.#heap.length
  }

  /** Runs `run` at a time; one that has passed means now, after what is already scheduled for now. */
  at(time: number, run: () => void): Scheduled {
    const entry = { at: Math.max(quantize(time), this.#now), order: this.#order++, run }
    this.#heap.push(entry)
    this.#rise(this.#heap.length - 1)
    return entry
  }

  /** Runs `run` after a delay in ms. */
  after(ms: number, run: () => void): Scheduled {
    return this.at(this.#now + ms, run)
  }

  /** Takes back what was scheduled; nothing happens when it has already run. */
  cancel(entry: Scheduled | undefined): void {
    if (entry) entry.run = undefined
  }

  /** Runs everything up to and including `time`, which is then the present. */
  runUntil(time: number): void {
    for (let next = this.#heap[0]; next && next.at <= time; next = this.#heap[0]) {
      this.#removeFirst()
      const { run } = next
      if (!run) continue
      this.#now = next.at
      next.run = undefined
      run()
    }
    this.#now = Math.max(this.#now, quantize(time))
  }

  #rise(start: number): void {
    const heap = this.#heap
    const entry = heap[start] as Scheduled
    let index = start
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!isBefore(entry, heap[parent] as Scheduled)) break
      heap[index] = heap[parent] as Scheduled
      index = parent
    }
    heap[index] = entry
  }

  #removeFirst(): void {
    const heap = this.#heap
    const entry = heap.pop() as Scheduled
    if (heap.length === 0) return
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Scheduled, heap[child] as Scheduled)) child++
      if (!isBefore(heap[child] as Scheduled, entry)) break
      heap[index] = heap[child] as Scheduled
      index = child
    }
    heap[index] = entry
  }
}

function isBefore(a: Scheduled, b: Scheduled): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
