// One simulated Node process as far as time is concerned: its event loop runs due timers first, then reads what has
// arrived on sockets, then says that it has drained. Frozen, it runs nothing while its kernel goes on receiving.
import type { Scheduled, VirtualClock } from './virtual-clock.ts'

/** What a kernel has for a process: something that can be read until empty. */
export interface Readable {
  /** Hands everything that has arrived to the process. */
  read(): void
}

/** A timer of a process; fires in the loop's timer phase, late when the loop is late. */
export interface LoopTimer {
  readonly at: number
  run: (() => void) | undefined
  scheduled: Scheduled | undefined
}

/** The event loop of one simulated process. */
export class EventLoop {
  readonly #clock: VirtualClock
  readonly #dueTimers: LoopTimer[] = []
  readonly #ready: Readable[] = []
  #state: 'running' | 'frozen' | 'dead' = 'running'
  #isIterating = false
  #holdsReading = false
  #drained: (() => void) | undefined
  #lateIteration: Scheduled | undefined
  /** How long the loop is busy with something else before it gets to each batch of work; asked anew each time. */
  lateness: (() => number) | undefined

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  get state(): 'running' | 'frozen' | 'dead' {
    return this.#state
  }

  /** Virtual time in ms. */
  get now(): number {
    return this.#clock.now
  }

  /** Called by the kernel: something can be read now. */
  readable(source: Readable): void {
    if (this.#state === 'dead') return
    this.#ready.push(source)
    this.#wake()
  }

  /** Sets a timer for a time of the virtual clock. */
  setTimer(at: number, run: () => void): LoopTimer {
    const timer: LoopTimer = { at, run, scheduled: undefined }
    timer.scheduled = this.#clock.at(at, () => {
      if (!timer.run || this.#state === 'dead') return
      this.#dueTimers.push(timer)
      this.#wake()
    })
    return timer
  }

  /** Takes a timer back, also one that is due and waits for the loop. */
  clearTimer(timer: LoopTimer | undefined): void {
    if (!timer) return
    timer.run = undefined
    this.#clock.cancel(timer.scheduled)
  }

  /** Calls back once everything that has arrived by now has been read. */
  whenDrained(run: () => void): void {
    this.#drained = run
    this.#wake()
  }

  /** Stops the process in its tracks (SIGSTOP). */
  freeze(): void {
    if (this.#state === 'running') this.#state = 'frozen'
  }

  /** Lets it go on (SIGCONT): late timers fire, then what has queued up is read. */
  thaw(): void {
    if (this.#state !== 'frozen') return
    this.#state = 'running'
    this.#wake()
  }

  /** Keeps what arrives from the process, while its timers run on. */
  holdReading(): void {
    this.#holdsReading = true
  }

  /** Lets it read again, all that has queued up first. */
  resumeReading(): void {
    this.#holdsReading = false
    this.#wake()
  }

  /** Ends it; nothing of it runs any more. */
  die(): void {
    this.#state = 'dead'
    this.#dueTimers.length = 0
    this.#ready.length = 0
    this.#drained = undefined
  }

  #wake(): void {
    if (this.#state !== 'running' || this.#isIterating) return
    const late = this.lateness?.() ?? 0
    if (late > 0) {
      this.#lateIteration ??= this.#clock.after(late, () => {
        this.#lateIteration = undefined
        this.#iterate()
      })
    } else if (!this.#lateIteration) this.#iterate()
  }

  #iterate(): void {
    if (this.#state !== 'running') return
    this.#isIterating = true
    this.#runDueTimers()
    do {
      while (this.#canRead) this.#ready.shift()?.read()
      const drained = this.#drained
      this.#drained = undefined
      drained?.()
    } while (this.#canRead || this.#drained)
    this.#isIterating = false
  }

  get #canRead(): boolean {
    return !this.#holdsReading && this.#ready.length > 0
  }

  #runDueTimers(): void {
    if (this.#dueTimers.length > 1) this.#dueTimers.sort((a, b) => a.at - b.at)
    for (let timer = this.#dueTimers.shift(); timer; timer = this.#dueTimers.shift()) {
      const { run } = timer
      timer.run = undefined
      run?.()
    }
  }
}
