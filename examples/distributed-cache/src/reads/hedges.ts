// How many reads may be asked of a second owner while the first one has yet to answer: enough for a pod that stands still, and
// few among many, so that pods that are slow under load do not get twice the load for it.

/** For each read that goes to another pod. */
const PER_READ = 0.1
/** What a pod that stands still leaves unanswered before others are asked first. */
const MOST = 4096

export class Hedges {
  #left = MOST

  /** A read goes to another pod. */
  asked(): void {
    this.#left = Math.min(MOST, this.#left + PER_READ)
  }

  /** Whether one more may be asked for a second time. */
  take(): boolean {
    if (this.#left < 1) return false
    this.#left--
    return true
  }
}
