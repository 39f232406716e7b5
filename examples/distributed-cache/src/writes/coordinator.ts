// Writes at an owner. Those that depend on what is there are decided one after the other for each key.
import { Attempt, type AttemptParts } from './attempt.ts'
import { isConditional, type Outcome, type Write } from './write.ts'

export class Coordinator {
  readonly #parts: AttemptParts
  /** Those that wait for their turn, by key; the first one is under way. */
  readonly #turns = new Map<string, Attempt[]>()

  constructor(parts: AttemptParts) {
    this.#parts = parts
  }

  decide(write: Write, done: (outcome: Outcome) => void) {
    this.#parts.standing.trust.wrote(this.#parts.time.now())
    if (!isConditional(write)) return new Attempt(this.#parts, write, done).start()
    const attempt = new Attempt(this.#parts, write, (outcome) => {
      this.#next(write.key)
      done(outcome)
    })
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

  #next(key: string) {
    const turns = this.#turns.get(key)
    turns?.shift()
    const next = turns?.[0]
    if (next === undefined) this.#turns.delete(key)
    else queueMicrotask(() => next.start())
  }
}
