// Forgetting: failed and left members leave the view after a while, and their tombstones after a longer one. Both
// are bounded, so a cluster that churns for ever stays small.
import type { Millis } from './identity.ts'
import type { LivedClock } from './lived-clock.ts'
import type { Entry, MemberTable } from './member-table.ts'
import type { ProtocolOptions } from './options.ts'
import type { Roster } from './roster.ts'

const SWEEP_MS = 1000
/** What is kept for minutes or hours is looked through this often. */
const TIDY_MS = 10_000
/** A connected dial without a hello is kept so long after its start, even if nobody wants it. */
const UNWANTED_DIAL_MS = 60_000

export interface ReaperParts {
  readonly clock: LivedClock
  readonly table: MemberTable
  readonly roster: Roster
  readonly options: ProtocolOptions
  /** Nobody else is known to remember this life. */
  readonly isDoubted: (entry: Entry) => boolean
  /** Gives up dials that still wait for a hello although nobody wants them any more. */
  readonly giveUpDials: (afterMs: Millis) => void
  /** Throws away old evidence. */
  readonly forgetEvidence: () => void
  /** Gives up lives that were only heard of. */
  readonly forgetStrangers: (afterMs: Millis) => void
}

export class Reaper {
  readonly #parts: ReaperParts
  #nextAt: Millis = 0
  #nextTidyAt: Millis = 0

  constructor(parts: ReaperParts) {
    this.#parts = parts
  }

  /** Sweeps once a second. */
  tick(): void {
    const { clock } = this.#parts
    if (clock.now < this.#nextAt) return
    this.#nextAt = clock.now + SWEEP_MS
    if (clock.now >= this.#nextTidyAt) this.#tidy()
    this.#forgetEnded()
  }

  #tidy(): void {
    const { clock, options, forgetStrangers, forgetEvidence, giveUpDials } = this.#parts
    this.#nextTidyAt = clock.now + TIDY_MS
    forgetStrangers(options.forgetAfterMs)
    giveUpDials(UNWANTED_DIAL_MS)
    forgetEvidence()
  }

  #forgetEnded(): void {
    const { clock, table, roster } = this.#parts
    const tombstones: Entry[] = []
    for (const entry of table.ended()) {
      if (entry.forgotten) tombstones.push(entry)
      else if (entry.name !== table.self.name && this.#isOver(entry)) {
        const isDoubted = this.#parts.isDoubted(entry)
        roster.forget(entry, clock.now)
        // Its tombstone would be as old as what it is to stop, and might stop one that has come back meanwhile.
        if (isDoubted) table.delete(entry.name)
      }
    }
    this.#dropTombstones(tombstones)
  }

  #isOver(entry: Entry): boolean {
    const { clock, options, isDoubted } = this.#parts
    return clock.now - entry.since >= options.forgetAfterMs || isDoubted(entry)
  }

  #dropTombstones(tombstones: Entry[]): void {
    const { clock, table, options } = this.#parts
    const { tombstoneMs, maxTombstones } = options
    tombstones.sort((a, b) => a.since - b.since)
    const excess = tombstones.length - maxTombstones
    tombstones.forEach((entry, index) => {
      if (index < excess || clock.now - entry.since >= tombstoneMs) table.delete(entry.name)
    })
  }
}
