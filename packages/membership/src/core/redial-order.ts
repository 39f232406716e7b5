// When each observer of a broken link redials: a few at once, the rest only where no verdict has come after a grace
// time. All of them at once would be 63 dials and 4,000 frames a death at 64 members.
import { hashAfter } from './hash.ts'
import type { Life, Millis } from './identity.ts'
import { LinkLosses } from './link-losses.ts'
import type { LinkTable } from './link-table.ts'
import type { LivedClock } from './lived-clock.ts'
import { isPresent, type MemberTable } from './member-table.ts'
import type { ProtocolOptions } from './options.ts'
import { type Random, randomBetween } from './random.ts'

/** Every vote goes to everybody, so that many members take longer to hear the first ones: up to this many, 30 ms do. */
const GRACE_MEMBERS = 16

/** How long those that do not redial first wait for a verdict; they wait up to twice as long. */
export function redialGraceMs(options: ProtocolOptions, members: number): Millis {
  const longest = Math.max(options.voteWindowMs / 2, options.redialGraceMs)
  return Math.min(options.redialGraceMs * Math.max(1, members / GRACE_MEMBERS), longest)
}

export interface RedialOrderParts {
  readonly clock: LivedClock
  readonly table: MemberTable
  readonly links: LinkTable
  readonly options: ProtocolOptions
  readonly random: Random
}

export class RedialOrder {
  readonly #parts: RedialOrderParts
  readonly #losses = new LinkLosses()
  /** When links to each instance broke last; kept for the longest pause between redials. */
  readonly #brokeAt = new Map<string, Millis>()

  constructor(parts: RedialOrderParts) {
    this.#parts = parts
  }

  /** Our link to a member broke; gives the time at which it is our turn. */
  linkBroke(life: Life): Millis {
    const { clock, options, random, table } = this.#parts
    this.#losses.add(clock.now)
    const isFirst = this.isFirst(life) || this.lostMajority
    const graceMs = isFirst ? 0 : redialGraceMs(options, table.presentCount) * randomBetween(random, 1, 2)
    return clock.now + Math.max(graceMs, this.#pauseMs(life))
  }

  /** Whether we are among the few that redial a life first: not the same few for every death. */
  isFirst(life: Life): boolean {
    const { table, options } = this.#parts
    const { self } = table
    const own = hashAfter(self.rankStart, life.instance)
    let placesLeft = options.firstRedialers
    for (const other of table.entries()) {
      if (placesLeft === 0) return false
      if (hashAfter(other.rankStart, life.instance) >= own || !isPresent(other)) continue
      if (other.name !== life.name && other.name !== self.name) placesLeft--
    }
    return placesLeft > 0
  }

  /** Most of our own links broke just now: that says more about us than about any member. */
  get lostMajority(): boolean {
    const { links, clock } = this.#parts
    return this.#losses.areMost(links.currentCount, clock.now)
  }

  /** A member whose links break again and again is redialed at the ordinary pace. */
  #pauseMs({ instance }: Life): Millis {
    const { clock, options, random } = this.#parts
    for (const [known, at] of this.#brokeAt)
      if (clock.now - at > options.maxRedialMs) this.#brokeAt.delete(known)
    const isRepeated = this.#brokeAt.has(instance)
    this.#brokeAt.set(instance, clock.now)
    return isRepeated ? randomBetween(random, options.minRedialMs, 2 * options.minRedialMs) : 0
  }
}
