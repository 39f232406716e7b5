// Whose calls are under way, by the signal that gives them up: it is listened to once, however many calls it comes with.

/** A call that may be given up. */
export interface Call {
  giveUp(reason: unknown): void
  /** Where it is among the others; kept by `Calls`. */
  place: number
}

/** A list, for the reason told in key-table.ts: calls come and go all the time. */
export class Calls {
  readonly #list: Call[] = []

  add(call: Call): void {
    call.place = this.#list.length
    this.#list.push(call)
  }

  delete(call: Call): void {
    if (this.#list[call.place] !== call) return
    const last = this.#list.pop() as Call
    if (last === call) return
    this.#list[call.place] = last
    last.place = call.place
  }

  giveUp(reason: unknown): void {
    for (const call of [...this.#list]) call.giveUp(reason)
  }
}

export class Callers {
  readonly #calls = new WeakMap<AbortSignal, Calls>()

  /** All calls of a signal. */
  of(signal: AbortSignal): Calls {
    const known = this.#calls.get(signal)
    if (known !== undefined) return known
    const calls = new Calls()
    this.#calls.set(signal, calls)
    signal.addEventListener('abort', () => calls.giveUp(signal.reason), { once: true })
    return calls
  }
}
