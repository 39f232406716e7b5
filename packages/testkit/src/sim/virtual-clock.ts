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

/** What is due within the same so many ms waits unsorted until then: most timers of a large cluster are taken back before. */
const SPAN_MS = 4

/** A clock that moves only when told to. */
export class VirtualClock {
  #now = 0
  #order = 0
  /** What is due after the present span, by the number of its span (a calendar queue: Brown, 1988). */
  readonly #later = new Map<number, Scheduled[]>()
  #span = 0
  /** The present span, and when each later one begins, as a binary heap: the first entry is the earliest. */
  readonly #heap: Scheduled[] = []
  /** Their times, side by side: to look at thousands of entries themselves would be the most work of a run. */
  readonly #times: number[] = []

  /** Virtual milliseconds since the start. */
  get now(): number {
    return this.#now
  }

  /** Runs `run` at a time; one that has passed means now, after what is already scheduled for now. */
  at(time: number, run: () => void): Scheduled {
    const entry = { at: Math.max(quantize(time), this.#now), order: this.#order++, run }
    const span = Math.floor(entry.at / SPAN_MS)
    if (span <= this.#span) this.#insert(entry)
    else this.#postpone(entry, span)
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
    while (this.runNext(time));
    this.#now = Math.max(this.#now, quantize(time))
  }

  /** Runs the next event at its time, unless that is after `time`; returns whether there was one. */
  runNext(time: number): boolean {
    for (let next = this.#heap[0]; next && next.at <= time; next = this.#heap[0]) {
      this.#removeFirst()
      const { run } = next
      if (!run) continue
      this.#now = next.at
      next.run = undefined
      run()
      return true
    }
    return false
  }

  #postpone(entry: Scheduled, span: number): void {
    const others = this.#later.get(span)
    if (others !== undefined) {
      others.push(entry)
      return
    }
    this.#later.set(span, [entry])
    const at = Math.max(span * SPAN_MS, this.#now)
    this.#insert({ at, order: this.#order, run: () => this.#begin(span) })
  }

  #begin(span: number): void {
    const entries = this.#later.get(span) ?? []
    this.#later.delete(span)
    this.#span = span
    for (const entry of entries) if (entry.run) this.#insert(entry)
  }

  /** Puts in an entry that comes after all others of its time. */
  #insert(entry: Scheduled): void {
    let index = this.#heap.length
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (entry.at >= (this.#times[parent] as number)) break
      this.#move(parent, index)
      index = parent
    }
    this.#put(index, entry)
  }

  #removeFirst(): void {
    const entry = this.#heap.pop() as Scheduled
    this.#times.pop()
    const { length } = this.#heap
    if (length === 0) return
    this.#put(0, entry)
    let index = 0
    for (;;) {
      const child = this.#earlierChild(index, length)
      if (child >= length || !this.#isBefore(child, index)) break
      this.#move(child, index)
      this.#put(child, entry)
      index = child
    }
  }

  #earlierChild(index: number, length: number): number {
    const child = 2 * index + 1
    return child + 1 < length && this.#isBefore(child + 1, child) ? child + 1 : child
  }

  /** The entries themselves are looked at where their times do not tell. */
  #isBefore(index: number, other: number): boolean {
    const at = this.#times[index] as number
    const otherAt = this.#times[other] as number
    if (at !== otherAt) return at < otherAt
    return (this.#heap[index] as Scheduled).order < (this.#heap[other] as Scheduled).order
  }

  #move(from: number, to: number): void {
    this.#heap[to] = this.#heap[from] as Scheduled
    this.#times[to] = this.#times[from] as number
  }

  #put(index: number, entry: Scheduled): void {
    this.#heap[index] = entry
    this.#times[index] = entry.at
  }
}
