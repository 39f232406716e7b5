// A veto goes to everybody, as the votes that it takes back do. Where two parts of a cluster lose each other, whoever
// hears both has one to give about each member again and again, and so has everybody else who does: what comes within a
// moment of the last goes together, or one such cut would be as many frames as there are votes, times all members.
import { type Life, type Millis, sameLife } from './identity.ts'
import type { LivedClock } from './lived-clock.ts'
import { isPresent, type MemberTable } from './member-table.ts'
import type { Veto } from './message.ts'

/** The next ones follow this long after the last: a small part of the time for which votes wait for a veto. */
const INTERVAL_MS = 50

/** Lives in one frame at most. */
const MAX_VETOES = 1024

export interface VetoParts {
  readonly clock: LivedClock
  readonly table: MemberTable
  readonly sendToAll: (message: Veto) => void
}

export class Vetoes {
  readonly #parts: VetoParts
  /** By name. */
  readonly #waiting = new Map<string, Life>()
  #nextAt: Millis = Number.NEGATIVE_INFINITY

  constructor(parts: VetoParts) {
    this.#parts = parts
  }

  /** Takes back all votes about a life. */
  add({ name, generation, instance }: Life): void {
    this.#waiting.set(name, { name, generation, instance })
    this.tick()
  }

  /** We have lost it ourselves meanwhile. */
  drop(name: string): void {
    this.#waiting.delete(name)
  }

  /** When tick() has something to do. */
  get nextAt(): Millis | undefined {
    return this.#waiting.size > 0 ? this.#nextAt : undefined
  }

  /** Sends what waits, if it is time. */
  tick(): void {
    const { clock, table } = this.#parts
    if (this.#waiting.size === 0 || clock.now < this.#nextAt) return
    const members: Life[] = []
    for (const [name, life] of this.#waiting) {
      if (members.length === MAX_VETOES) break
      this.#waiting.delete(name)
      const entry = table.get(name)
      if (entry !== undefined && isPresent(entry) && sameLife(entry, life)) members.push(life)
    }
    if (members.length === 0) return
    this.#nextAt = clock.now + INTERVAL_MS
    this.#parts.sendToAll({ type: 'veto', members })
  }
}
