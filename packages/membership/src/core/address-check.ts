// A refused redial means something only where the address has worked before. Of the two ends of a link only one has
// dialed, so the observers that would redial first connect once to the announced address, and hang up.
import { type Address, type Life, type Millis, sameLife } from './identity.ts'
import type { LinkId } from './input.ts'
import type { LinkTable } from './link-table.ts'
import type { LivedClock } from './lived-clock.ts'
import { isPresent, type MemberTable } from './member-table.ts'
import { type Random, randomBetween } from './random.ts'
import type { RedialOrder } from './redial-order.ts'

/** A link stands this long before its peer's address is checked; forming a cluster comes first. */
const SETTLE_MS = 100
/** Links without a check are looked through this often. */
const SCAN_INTERVAL_MS = 1000
/** An unanswered check, or one that was not ours to make, is looked at again after this, with jitter. */
const RETRY_MS = 60_000

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
  readonly #nextAt = new Map<LinkId, Millis>()
  #nextScanAt: Millis = 0

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
    if (entry !== undefined && sameLife(entry, life) && entry.record.addresses.includes(address)) {
      this.#worked.set(life.name, life.instance)
    }
  }

  /** A check of this address got its connection. */
  answered(address: Address): void {
    for (const entry of this.#parts.table.others()) {
      if (entry.record.addresses.includes(address)) this.#worked.set(entry.name, entry.instance)
    }
  }

  /** A link came up: its peer is to be checked soon. */
  linked(): void {
    this.#nextScanAt = Math.min(this.#nextScanAt, this.#parts.clock.now + SETTLE_MS)
  }

  /** The member is gone. */
  forget(name: string): void {
    this.#worked.delete(name)
    this.#settled.delete(name)
  }

  forgetLink(link: LinkId): void {
    this.#nextAt.delete(link)
  }

  /** When tick() has something to do. */
  get nextAt(): Millis {
    return this.#nextScanAt
  }

  /** Starts the checks that are due. */
  tick(): void {
    const { clock, links, table, random, order } = this.#parts
    if (clock.now < this.#nextScanAt) return
    this.#nextScanAt = clock.now + SCAN_INTERVAL_MS
    for (const link of links.currents()) {
      const entry = link.peer && table.get(link.peer.name)
      // A failed one may be frozen, and every check would wait in its kernel until it goes on.
      if (entry === undefined || !isPresent(entry) || this.hasWorked(entry)) continue
      const dueAt = this.#nextAt.get(link.id) ?? link.since + SETTLE_MS
      if (clock.now < dueAt) {
        this.#nextScanAt = Math.min(this.#nextScanAt, Math.max(dueAt, clock.now + SETTLE_MS / 2))
        continue
      }
      this.#settled.set(entry.name, entry.instance)
      this.#nextAt.set(link.id, clock.now + RETRY_MS * randomBetween(random, 0.5, 1))
      const [address] = entry.record.addresses
      if (address !== undefined && order.isFirst(entry)) this.#parts.check(address)
    }
  }
}
