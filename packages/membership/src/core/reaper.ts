// Forgetting: failed and left members leave the view after a while, and their tombstones after a longer one. Both
// are bounded, so a cluster that churns for ever stays small.
import type { Millis } from './identity.ts'
import type { LivedClock } from './lived-clock.ts'
import { type Entry, isPresent, type MemberTable } from './member-table.ts'
import type { ProtocolOptions } from './options.ts'
import type { Roster } from './roster.ts'

const SWEEP_MS = 1000

export class Reaper {
  readonly #clock: LivedClock
  readonly #table: MemberTable
  readonly #roster: Roster
  readonly #options: ProtocolOptions
  #nextAt: Millis = 0

  constructor(clock: LivedClock, table: MemberTable, roster: Roster, options: ProtocolOptions) {
    this.#clock = clock
    this.#table = table
    this.#roster = roster
    this.#options = options
  }

  /** Sweeps once a second. */
  tick(): void {
    if (this.#clock.now < this.#nextAt) return
    this.#nextAt = this.#clock.now + SWEEP_MS
    const tombstones: Entry[] = []
    for (const entry of [...this.#table.entries()]) {
      if (entry.forgotten) tombstones.push(entry)
      else if (!isPresent(entry) && entry.name !== this.#table.self.name && this.#isOver(entry)) {
        this.#roster.forget(entry, this.#clock.now)
      }
    }
    this.#dropTombstones(tombstones)
  }

  #isOver(entry: Entry): boolean {
    return this.#clock.now - entry.since >= this.#options.forgetAfterMs
  }

  #dropTombstones(tombstones: Entry[]): void {
    const { tombstoneMs, maxTombstones } = this.#options
    tombstones.sort((a, b) => a.since - b.since)
    const excess = tombstones.length - maxTombstones
    tombstones.forEach((entry, index) => {
      if (index < excess || this.#clock.now - entry.since >= tombstoneMs) this.#table.delete(entry.name)
    })
  }
}
