// Writes at an owner. Those that depend on what is there are decided one after the other for each key.
import { KeyTable } from '../key-table.ts'
import { Attempt, type AttemptParts } from './attempt.ts'
import { isConditional, type Outcome, type Write } from './write.ts'

/** About as many writes are under way when much is written. */
const BUCKETS = 1024
const NONE: Attempt[] = []

export class Coordinator {
  readonly #parts: AttemptParts
  /** Those that wait for their turn, by key; the first one is under way. */
  readonly #turns = new KeyTable<Attempt[]>(BUCKETS)

  /** Those under way that depend on nothing, by key. */
  readonly #blind = new KeyTable<Attempt[]>(BUCKETS)

  constructor(parts: AttemptParts) {
    this.#parts = parts
  }

  decide(write: Write, done: (outcome: Outcome) => void) {
    this.#parts.standing.trust.wrote(this.#parts.time.now())
    if (!isConditional(write)) return this.#begin(write, done)
    const attempt = new Attempt(this.#parts, write, done, this.#next)
    const turns = this.#turns.get(write.key)
    if (turns !== undefined) turns.push(attempt)
    else {
      this.#turns.set(write.key, [attempt])
      attempt.start()
    }
  }

  /** Whether this pod is about to decide about a key, and goes first before another one: of two the lesser name. */
  goesFirst(key: string, other: string): boolean {
    return this.#turns.has(key) && this.#parts.self < other
  }

  /** The write under way that depends on what is there; undefined also while it has not decided anything. */
  underWay(key: string): Attempt | undefined {
    const first = this.#turns.get(key)?.[0]
    return first?.hasDecided ? first : undefined
  }

  /** Those under way that depend on nothing. */
  blindOnes(key: string): readonly Attempt[] {
    return this.#blind.get(key) ?? NONE
  }

  #begin(write: Write, done: (outcome: Outcome) => void) {
    const attempt = new Attempt(this.#parts, write, done, this.#end)
    const others = this.#blind.get(write.key)
    if (others === undefined) this.#blind.set(write.key, [attempt])
    else others.push(attempt)
    attempt.start()
  }

  readonly #end = (blind: Attempt) => {
    const ones = this.#blind.get(blind.key) ?? NONE
    if (ones.length > 1) ones.splice(ones.indexOf(blind), 1)
    else this.#blind.delete(blind.key)
  }

  readonly #next = ({ key }: Attempt) => {
    const turns = this.#turns.get(key)
    turns?.shift()
    const next = turns?.[0]
    if (next === undefined) this.#turns.delete(key)
    else queueMicrotask(() => next.start())
  }
}
