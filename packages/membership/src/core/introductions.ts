// A life that nobody here has met is passed on at once to a few others, who do the same if it is new to them: so a
// start of many spreads in a few hops, each to a few more. What comes within a moment of the last goes together, or
// a start of a thousand would be millions of frames.
import type { Fact } from './fact.ts'
import type { Millis } from './identity.ts'
import type { Link, LinkTable } from './link-table.ts'
import type { LivedClock } from './lived-clock.ts'
import type { Outbox } from './outbox.ts'
import type { Random } from './random.ts'

/** To so many others. */
const FANOUT = 3
/** The next ones follow this long after the last. */
const INTERVAL_MS = 10

interface Introduction {
  readonly fact: Fact
  /** Who told us of it. */
  readonly from: Link
}

export interface IntroductionParts {
  readonly clock: LivedClock
  readonly links: LinkTable
  readonly outbox: Outbox
  readonly random: Random
}

export class Introductions {
  readonly #parts: IntroductionParts
  #waiting: Introduction[] = []
  #nextAt: Millis = Number.NEGATIVE_INFINITY

  constructor(parts: IntroductionParts) {
    this.#parts = parts
  }

  /** Passes on a life that is new here. */
  add(fact: Fact, from: Link): void {
    this.#waiting.push({ fact, from })
    this.tick()
  }

  /** When tick() has something to do. */
  get nextAt(): Millis | undefined {
    return this.#waiting.length > 0 ? this.#nextAt : undefined
  }

  /** Passes on what waits, if it is time. */
  tick(): void {
    const { clock, links, outbox, random } = this.#parts
    if (this.#waiting.length === 0 || clock.now < this.#nextAt) return
    this.#nextAt = clock.now + INTERVAL_MS
    const waiting = this.#waiting
    this.#waiting = []
    const [first, ...others] = waiting as [Introduction, ...Introduction[]]
    const isFit = (link: Link) => others.length > 0 || isNewTo(link, first)
    const message = { type: 'updates', updates: waiting.map(({ fact }) => fact) } as const
    for (const link of links.pick(random, FANOUT, isFit)) outbox.send(link.id, message)
  }
}

/** Neither who told us nor whom it is about needs to hear it. */
function isNewTo(link: Link, { fact, from }: Introduction): boolean {
  return link !== from && link.peer?.name !== fact.name
}
