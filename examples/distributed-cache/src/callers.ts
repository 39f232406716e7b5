// Whose calls are under way, by the signal that gives them up: it is listened to once, however many calls it comes with.

/** A call that may be given up. */
export interface Call {
  giveUp(reason: unknown): void
}

export class Callers {
  readonly #calls = new WeakMap<AbortSignal, Set<Call>>()

  /** All calls of a signal; who begins one adds it, and deletes it at its end. */
  of(signal: AbortSignal): Set<Call> {
    const known = this.#calls.get(signal)
    if (known !== undefined) return known
    const calls = new Set<Call>()
    this.#calls.set(signal, calls)
    const giveUp = () => {
      for (const call of calls) call.giveUp(signal.reason)
    }
    signal.addEventListener('abort', giveUp, { once: true })
    return calls
  }
}
