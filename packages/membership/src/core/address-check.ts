// A refused redial means something only where the address has worked before. Of the two ends of a link only one has
// dialed, so the observers that would redial first connect once to the announced address, and hang up.
import { type Address, type Life, type Millis, sameLife } from './identity.ts'
import type { LinkTable } from './link-table.ts'
import type { LivedClock } from './lived-clock.ts'
import { isPresent, type MemberTable } from './member-table.ts'
import { type Random, randomBetween } from './random.ts'
import type { RedialOrder } from './redial-order.ts'

/** A link stands this long before its peer's address is checked; forming a cluster comes first. */
const SETTLE_MS = 100
/** Unanswered checks are made again after this, with jitter. */
const RETRY_MS = 60_000
/**
 * Those that were not ours to make are looked at again after this for each member, at most after the former: those whose
 * they were may be gone. So looking costs the same whatever the size, and where few are left each of them counts.
 */
const REVIEW_MS_PER_MEMBER = 100

export interface AddressCheckParts {
  readonly clock: LivedClock
  readonly table: MemberTable
  readonly links: LinkTable
  readonly random: Random
  readonly order: RedialOrder
  /** Starts a check; its outcome comes back as `answered`, or never. */
  readonly check: (address: Address) => void
}

export class AddressCheck {
  readonly #parts: AddressCheckParts
  /** The instance of each name whose address has worked. */
  readonly #worked = new Map<string, string>()
  /** The instance of each name that has been here for long enough to be checked, by us or by others. */
  readonly #settled = new Map<string, string>()
  /** Who has been linked just now, and when each is looked at; the earliest first. */
  readonly #linked = new Map<string, Millis>()
  /** Whose address we have checked, without an answer so far. */
  readonly #unanswered = new Set<string>()
  #retryAt: Millis = Number.POSITIVE_INFINITY
  /** Whose address others are to check. */
  readonly #leftToOthers = new Set<string>()
  #reviewAt: Millis = Number.POSITIVE_INFINITY

  constructor(parts: AddressCheckParts) {
    this.#parts = parts
  }

  /** Whether a dial to an announced address of this life has ever got its connection. */
  hasWorked(life: Life): boolean {
    return this.#worked.get(life.name) === life.instance
  }

  /** Whether this life is so new that nobody can have checked its address. */
  isUnchecked(life: Life): boolean {
    return !this.hasWorked(life) && this.#settled.get(life.name) !== life.instance
  }

  /** A dial to this address reached this life. */
  reached(life: Life, address: Address): void {
    const entry = this.#parts.table.get(life.name)
    if (entry !== undefined && sameLife(entry, life) && entry.addresses.includes(address)) {
      this.#worked.set(life.name, life.instance)
    }
  }

  /** A check of this address got its connection. */
  answered(address: Address): void {
    for (const entry of this.#parts.table.others()) {
      if (entry.addresses.includes(address)) this.#worked.set(entry.name, entry.instance)
    }
  }

  /** A link to a member came up, or one that was linked is present again: it is to be checked soon. */
  linked(life: Life): void {
    this.#linked.delete(life.name)
    if (!this.hasWorked(life)) this.#linked.set(life.name, this.#parts.clock.now + SETTLE_MS)
  }

  /** The member is gone. */
  forget(name: string): void {
    this.#worked.delete(name)
    this.#settled.delete(name)
    this.#linked.delete(name)
    this.#unanswered.delete(name)
    this.#leftToOthers.delete(name)
  }

  /** When tick() has something to do. */
  get nextAt(): Millis {
    const againAt = Math.min(this.#retryAt, this.#reviewAt)
    for (const dueAt of this.#linked.values()) return Math.min(dueAt, againAt)
    return againAt
  }

  /** Starts the checks that are due. */
  tick(): void {
    const { now } = this.#parts.clock
    if (now < this.nextAt) return
    for (const [name, dueAt] of this.#linked) {
      if (dueAt > now) break
      this.#linked.delete(name)
      this.#look(name)
    }
    if (now >= this.#retryAt) {
      this.#retryAt = Number.POSITIVE_INFINITY
      for (const name of [...this.#unanswered]) this.#look(name)
    }
    if (now >= this.#reviewAt) {
      this.#reviewAt = Number.POSITIVE_INFINITY
      for (const name of [...this.#leftToOthers]) this.#look(name)
    }
  }

  /** Checks a member's address, if that is ours to do. */
  #look(name: string): void {
    const { clock, table, links, random, order } = this.#parts
    this.#unanswered.delete(name)
    this.#leftToOthers.delete(name)
    const entry = table.get(name)
    // A failed one may be frozen, and every check would wait in its kernel until it goes on.
    if (entry === undefined || !isPresent(entry) || this.hasWorked(entry)) return
    if (links.current(name) === undefined) return
    this.#settled.set(name, entry.instance)
    const after = (ms: Millis) => clock.now + ms * randomBetween(random, 0.5, 1)
    if (!order.isFirst(entry)) {
      this.#leftToOthers.add(name)
      const reviewMs = Math.min(RETRY_MS, REVIEW_MS_PER_MEMBER * table.presentCount)
      this.#reviewAt = Math.min(this.#reviewAt, after(reviewMs))
      return
    }
    this.#unanswered.add(name)
    this.#retryAt = Math.min(this.#retryAt, after(RETRY_MS))
    const [address] = entry.addresses
    if (address !== undefined) this.#parts.check(address)
  }
}
