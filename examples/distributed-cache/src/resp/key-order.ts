// Which commands of one connection must wait for one another: those that have a key in common, unless both only read it.
// All others may overlap, and nobody sees it: replies are sent in order.

/** The unfinished commands of a key that later ones may have to wait for. None of these promises rejects. */
interface Latest {
  readonly write: Promise<unknown> | undefined
  /** All reads since that write; they wait for it. */
  readonly reads: Promise<unknown> | undefined
}

export class KeyOrder {
  readonly #latest = new Map<string, Latest>()

  /** Whether nothing is under way. */
  get isIdle(): boolean {
    return this.#latest.size === 0
  }

  /** What a command on these keys has to wait for; undefined if it may start at once. */
  before(kind: 'read' | 'write', keys: readonly string[]): Promise<unknown> | undefined {
    const waits = new Set<Promise<unknown>>()
    for (const key of keys) {
      const { write, reads } = this.#latest.get(key) ?? {}
      const last = kind === 'write' ? (reads ?? write) : write
      if (last !== undefined) waits.add(last)
    }
    return waits.size === 0 ? undefined : Promise.all(waits)
  }

  /** Notes a command that is under way until `done`, which must not reject. */
  add(kind: 'read' | 'write', keys: readonly string[], done: Promise<unknown>): void {
    for (const key of keys) {
      const last = this.#latest.get(key)
      const reads = last?.reads === undefined ? done : Promise.all([last.reads, done])
      const latest = kind === 'write' ? { write: done, reads: undefined } : { write: last?.write, reads }
      this.#latest.set(key, latest)
      const end = latest.reads ?? done
      end.then(() => {
        if (this.#latest.get(key) === latest) this.#latest.delete(key)
      })
    }
  }
}
