// Which commands of one connection must wait for one another: those that have a key in common, unless both only read it.
// All others may overlap, and nobody sees it: replies are sent in order. Of several values that wait to be set under one key,
// with no read in between, only the last one need be set: as if the others had been there for no time at all.
import { KeyTable } from '../key-table.ts'
import type { Arguments } from './arguments.ts'
import type { Reply } from './reply.ts'

/** There may be some hundreds of keys under way, but mostly few; and there are many connections. */
const BUCKETS = 64

/** A write that waits, and may be replaced by a later one that overwrites it. */
export interface Waiting {
  /** Of the last one of them. */
  args: Arguments
  hasBegun: boolean
  /** The reply to all of them. */
  readonly done: Promise<Reply>
}

/** The unfinished commands of a key that later ones may have to wait for. None of these promises rejects. */
interface Latest {
  readonly write: Promise<unknown> | undefined
  /** All reads since that write; they wait for it. */
  readonly reads: Promise<unknown> | undefined
  /** That write, if it waits and may be replaced. */
  readonly waiting: Waiting | undefined
}

export class KeyOrder {
  readonly #latest = new KeyTable<Latest>(BUCKETS)

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

  /** The write that a further one of the same key may replace. */
  replaceable(key: string): Waiting | undefined {
    const latest = this.#latest.get(key)
    if (latest?.waiting === undefined || latest.waiting.hasBegun || latest.reads !== undefined)
      return undefined
    return latest.waiting
  }

  /** Notes a command that is under way until `done`, which must not reject. */
  add(kind: 'read' | 'write', keys: readonly string[], done: Promise<unknown>, waiting?: Waiting): void {
    for (const key of keys) {
      const last = this.#latest.get(key)
      const reads = last?.reads === undefined ? done : Promise.all([last.reads, done])
      const latest =
        kind === 'write'
          ? { write: done, reads: undefined, waiting }
          : { write: last?.write, reads, waiting: last?.waiting }
      this.#latest.set(key, latest)
      const end = latest.reads ?? done
      end.then(() => {
        if (this.#latest.get(key) === latest) this.#latest.delete(key)
      })
    }
  }
}
