// Which commands of one connection must wait for one another: those that have a key in common, unless both only read it.
// All others may overlap, and nobody sees it: replies are sent in order. Of several values that wait to be set under one key,
// with no read in between, only the last one need be set: as if the others had been there for no time at all.
import { KeyTable } from '../key-table.ts'
import type { Arguments } from './arguments.ts'
import type { Command } from './command.ts'
import type { Reply } from './reply.ts'

type Kind = Command['kind']

/** There may be some hundreds of keys under way, but mostly few; and there are many connections. */
const BUCKETS = 64

/** A write that waits, and may be replaced by a later one that overwrites it. */
export interface Waiting {
  /** Of the last one of them. */
  args: Arguments
  hasBegun: boolean
  /** To be called with the reply, one for each of them. */
  readonly fills: ((reply: Reply) => void)[]
}

/** The commands of a key that are under way, and what later ones may have to wait for. None of these promises rejects. */
interface UnderWay {
  count: number
  /** The last write. */
  write: Promise<void> | undefined
  /** All reads since that write; they wait for it. */
  reads: Promise<unknown> | undefined
  /** That write, if it waits and may be replaced. */
  waiting: Waiting | undefined
}

export class KeyOrder {
  readonly #underWay = new KeyTable<UnderWay>(BUCKETS)
  readonly #refuse: (error: unknown) => Reply

  /** @param refuse what a client is told of an error */
  constructor(refuse: (error: unknown) => Reply) {
    this.#refuse = refuse
  }

  /** Whether nothing is under way. */
  get isIdle(): boolean {
    return this.#underWay.size === 0
  }

  /** What a command on these keys has to wait for; undefined if it may start at once. */
  before(kind: Kind, keys: readonly string[]): Promise<unknown> | undefined {
    if (keys.length === 1) return this.#before(kind, keys[0] as string)
    const waits = new Set(keys.map((key) => this.#before(kind, key)))
    waits.delete(undefined)
    return waits.size === 0 ? undefined : Promise.all(waits)
  }

  /** The write that a further one of the same key may replace. */
  replaceable(key: string): Waiting | undefined {
    const { waiting, reads } = this.#underWay.get(key) ?? {}
    return waiting === undefined || waiting.hasBegun || reads !== undefined ? undefined : waiting
  }

  /** Notes a command that is under way until its reply, with which `fill` is called then; an error is a reply, too. */
  add(
    kind: Kind,
    keys: readonly string[],
    reply: Promise<Reply>,
    fill: (reply: Reply) => void,
    waiting?: Waiting,
  ): void {
    const end = (ready: Reply) => {
      for (const key of keys) this.#end(key)
      fill(ready)
    }
    const done = reply.then(end, (error) => end(this.#refuse(error)))
    for (const key of keys) this.#begin(kind, key, done, waiting)
  }

  #before(kind: Kind, key: string): Promise<unknown> | undefined {
    const underWay = this.#underWay.get(key)
    return kind === 'write' ? (underWay?.reads ?? underWay?.write) : underWay?.write
  }

  #begin(kind: Kind, key: string, done: Promise<void>, waiting: Waiting | undefined) {
    const known = this.#underWay.get(key)
    const isRead = kind === 'read'
    if (known === undefined) {
      const [write, reads] = isRead ? [undefined, done] : [done, undefined]
      this.#underWay.set(key, { count: 1, write, reads, waiting })
      return
    }
    known.count++
    if (isRead) known.reads = known.reads === undefined ? done : both(known.reads, done)
    else {
      known.write = done
      known.reads = undefined
      known.waiting = waiting
    }
  }

  #end(key: string) {
    const underWay = this.#underWay.get(key)
    if (underWay !== undefined && --underWay.count === 0) this.#underWay.delete(key)
  }
}

/** What `Promise.all` gives would have in it what it gave before, and so on while reads of a key overlap: for ever, perhaps. */
function both(a: Promise<unknown>, b: Promise<unknown>): Promise<unknown> {
  return Promise.all([a, b]).then(() => undefined)
}
