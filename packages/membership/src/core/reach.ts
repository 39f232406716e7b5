// Life-long reconciliation: who should be linked (members, newcomers heard of, listed addresses, failed members not
// yet forgotten) against who is. What is missing is dialed for ever; nothing is dropped once and silently. Only
// addresses about which something has changed are looked at anew, or forming a large cluster would cost N³.
import type { DialPlan } from './dial-plan.ts'
import type { MemberRecord } from './fact.ts'
import { type Address, compareIdentities, type Life, sameLife } from './identity.ts'
import { isDoubtful, type LinkTable, wantsAnother } from './link-table.ts'
import { type Entry, isPresent, type MemberTable } from './member-table.ts'
import type { UnreachedAddress } from './unreached-address.ts'
import type { Want } from './want.ts'

/** A life that was heard of, where it may be found. */
type Recorded = Life & { readonly record?: MemberRecord }

export interface ReachParts {
  readonly table: MemberTable
  readonly links: LinkTable
  readonly plan: DialPlan
  /** A life of this name that was heard of and not met; for our own name a rival. */
  readonly stranger: (name: string) => Recorded | undefined
  readonly isIsolated: () => boolean
  /** A death watch is redialing this member by its own rules. */
  readonly isWatched: (life: Life) => boolean
}

const NONE: readonly never[] = []
const NO_CHANGES: ReadonlyMap<Address, undefined> = new Map()

export class Reach {
  readonly #parts: ReachParts
  #seeds: ReadonlySet<Address> = new Set()
  /** Who answered at listed addresses that nobody announces (NAT, a proxy, a second family). */
  readonly #answeredBy = new Map<Address, Life>()
  /** The names that announce an address or have answered there, and the reverse. */
  readonly #namesAt = new Map<Address, readonly string[]>()
  readonly #addressesOf = new Map<string, readonly Address[]>()
  /** What has to be looked at anew. */
  readonly #staleNames = new Set<string>()
  readonly #staleAddresses = new Set<Address>()

  constructor(parts: ReachParts) {
    this.#parts = parts
  }

  setSeeds(addresses: readonly Address[]): void {
    for (const address of this.#seeds) this.#staleAddresses.add(address)
    this.#seeds = new Set(addresses)
    for (const address of this.#seeds) this.#staleAddresses.add(address)
    for (const address of this.#answeredBy.keys())
      if (!this.#seeds.has(address)) this.#answeredBy.delete(address)
  }

  isSeed(address: Address): boolean {
    return this.#seeds.has(address)
  }

  /** Listed addresses that are not our own. */
  get listed(): number {
    const own = this.#parts.table.self
    let count = 0
    for (const address of this.#seeds) if (!this.#isOwn(address, own)) count++
    return count
  }

  /** How many of those are reached: announced by, or answered by, somebody linked; none while nobody is heard. */
  get reached(): number {
    const { table, links, isIsolated } = this.#parts
    if (isIsolated()) return 0
    const linked = new Set<Address>()
    for (const entry of table.others()) {
      const link = links.current(entry.name)
      if (link === undefined || isDoubtful(link)) continue
      for (const address of entry.addresses) linked.add(address)
    }
    let count = 0
    for (const address of this.#seeds) {
      if (this.#isOwn(address, table.self)) continue
      if (linked.has(address) || this.#isLinked(address)) count++
    }
    return count
  }

  /** A hello came from this address. */
  answered(address: Address, life: Life): void {
    if (!this.#seeds.has(address)) return
    this.#answeredBy.set(address, life)
    this.#connect(life.name, address)
    this.#staleAddresses.add(address)
  }

  /** Something about this name has changed: its entry, its link, or what was heard of it. */
  changed(name: string): void {
    this.#staleNames.add(name)
  }

  /** Whether a life is ours to dial may have changed for all. */
  changedForAll(): void {
    for (const name of this.#addressesOf.keys()) this.#staleNames.add(name)
  }

  /** Of members that may be found at an address and whose links are outdated: how many the next link has replaced, at most. */
  renewalAt(address: Address): number {
    let most = 0
    for (const name of this.#namesAt.get(address) ?? NONE) {
      most = Math.max(most, this.#parts.links.nextRenewal(name))
    }
    return most
  }

  /** What has changed since the last time: the want at each address, or undefined where nothing is wanted now. */
  takeChanges(): ReadonlyMap<Address, Want | undefined> {
    const { links, plan, stranger, table } = this.#parts
    for (const name of links.takeChanged()) this.#staleNames.add(name)
    // A rival is given up with time.
    if (stranger(table.self.name) !== undefined || this.#addressesOf.has(table.self.name))
      this.#staleNames.add(table.self.name)
    for (const address of plan.takeTried()) {
      this.#staleAddresses.add(address)
      for (const name of this.#namesAt.get(address) ?? NONE) this.#staleNames.add(name)
    }
    if (this.#staleNames.size + this.#staleAddresses.size === 0) return NO_CHANGES
    for (const name of this.#staleNames) this.#lookUp(name)
    const changes = new Map<Address, Want | undefined>()
    for (const address of this.#staleAddresses) changes.set(address, this.#wantAt(address))
    this.#staleNames.clear()
    this.#staleAddresses.clear()
    return changes
  }

  /** Whether each address of a member refused us last: its host answers, and nothing listens there. */
  isRefused({ name }: Life): boolean {
    const { table, plan } = this.#parts
    const addresses = table.get(name)?.addresses ?? []
    return addresses.length > 0 && addresses.every((address) => plan.result(address) === 'refused')
  }

  /** Listed or known addresses without a link, and what happened at each; not those that led back to us. */
  unreached(): UnreachedAddress[] {
    const { plan } = this.#parts
    return plan.wants.flatMap(({ address, name = this.#nameAt(address) }) => {
      const why = plan.result(address) ?? 'pending'
      return why === 'self' ? [] : [{ address, name, why }]
    })
  }

  /**
   * Whether the seeds list an address that is not reached, those of failed members aside: where they were is known and
   * dialed, what comes in their place dials us, and at a death everybody would look up the same stale list at once.
   */
  get hasUnreachedSeed(): boolean {
    const { plan, table } = this.#parts
    const unreached = new Set<Address>()
    for (const { address } of plan.wants)
      if (this.#seeds.has(address) && plan.result(address) !== 'self') unreached.add(address)
    if (unreached.size === 0) return false
    for (const { state, addresses } of table.ended()) {
      if (state === 'failed') for (const address of addresses) unreached.delete(address)
    }
    return unreached.size > 0
  }

  /** Who is known to be, or to have been, at an address. */
  #nameAt(address: Address): string | undefined {
    const [name] = this.#namesAt.get(address) ?? NONE
    return name
  }

  /** Brings the addresses of a name up to date, and has them looked at, the former ones too. */
  #lookUp(name: string): void {
    const former = this.#addressesOf.get(name) ?? NONE
    const present = this.#addresses(name, former)
    for (const address of former) this.#staleAddresses.add(address)
    if (present === former) return
    for (const address of former) if (!present.includes(address)) this.#disconnect(name, address)
    for (const address of present) {
      this.#staleAddresses.add(address)
      this.#connect(name, address)
    }
    if (present.length === 0) this.#addressesOf.delete(name)
    else this.#addressesOf.set(name, present)
  }

  /** Where a name may be found: the same list as before if nothing has changed. */
  #addresses(name: string, former: readonly Address[]): readonly Address[] {
    const { table, stranger } = this.#parts
    const entry = name === table.self.name ? undefined : table.get(name)
    const announced = entry === undefined || entry.forgotten ? NONE : entry.addresses
    const heard = stranger(name)?.record?.addresses ?? NONE
    if (heard.length === 0 && former === announced) return former
    const all = new Set([...announced, ...heard])
    for (const address of former) if (this.#answeredBy.get(address)?.name === name) all.add(address)
    if (isSameSet(all, former)) return former
    return isSameSet(all, announced) ? announced : [...all]
  }

  #connect(name: string, address: Address): void {
    this.#namesAt.set(address, including(name, this.#namesAt.get(address)))
    this.#addressesOf.set(name, including(address, this.#addressesOf.get(name)))
  }

  #disconnect(name: string, address: Address): void {
    const names = (this.#namesAt.get(address) ?? NONE).filter((other) => other !== name)
    if (names.length === 0) this.#namesAt.delete(address)
    else this.#namesAt.set(address, names)
  }

  /** What is wanted at an address: a member first, then one heard of, then whoever is listed, then a failed one. */
  #wantAt(address: Address): Want | undefined {
    const { table, stranger } = this.#parts
    const { self } = table
    if (self.addresses.includes(address)) return undefined
    let member: Want | undefined
    let newcomer: Want | undefined
    let failed: Want | undefined
    for (const name of this.#namesAt.get(address) ?? NONE) {
      const entry = name === self.name ? undefined : table.get(name)
      if (entry?.addresses.includes(address)) {
        if (isPresent(entry)) {
          if (this.#isReached(entry)) return undefined
          member ??= this.#wantLife(entry, entry.addresses, address, true)
        } else if (entry.state === 'failed' && !entry.forgotten && this.#isBest(entry.addresses, address)) {
          failed ??= { kind: 'failed', address, name, isMember: false, isListed: false }
        }
      }
      const life = stranger(name)
      if (life !== undefined)
        newcomer ??= this.#wantLife(life, life.record?.addresses ?? NONE, address, false)
    }
    return member ?? newcomer ?? this.#wantSeed(address) ?? failed
  }

  #wantLife(
    life: Life,
    announced: readonly Address[],
    address: Address,
    isMember: boolean,
  ): Want | undefined {
    if (!this.#isBest(announced, address)) return undefined
    // A link in doubt is replaced by whoever doubts it; the other end may not. Of one that is outdated both ends know.
    const link = this.#parts.links.current(life.name)
    const isOurs = this.#isOurs(life) || (link !== undefined && !link.outdated)
    const kind = isOurs ? 'ours' : 'theirs'
    return { kind, address, name: life.name, isMember, isListed: this.#seeds.has(address) }
  }

  #wantSeed(address: Address): Want | undefined {
    if (!this.#seeds.has(address) || this.#isLinked(address)) return undefined
    return { kind: 'seed', address, name: undefined, isMember: false, isListed: true }
  }

  /** Linked by what needs no other link beside it, or redialed by others than us. */
  #isReached(entry: Entry): boolean {
    const link = this.#parts.links.current(entry.name)
    return (link !== undefined && !wantsAnother(link)) || this.#parts.isWatched(entry)
  }

  /** The younger life dials first: it has just heard who is there, and the older may not know of it yet. */
  #isOurs(life: Life): boolean {
    const { self } = this.#parts.table
    return (self.generation - life.generation || compareIdentities(self, life)) > 0
  }

  /** Whether this is the one of some addresses that was tried least often in vain. */
  #isBest(addresses: readonly Address[], wanted: Address): boolean {
    let best: Address | undefined
    for (const address of addresses) {
      if (best === undefined || this.#parts.plan.attempts(address) < this.#parts.plan.attempts(best))
        best = address
    }
    return best === wanted
  }

  /** Whether whoever answered there is linked: that very life, for a later one may live elsewhere. */
  #isLinked(address: Address): boolean {
    const { links } = this.#parts
    const life = this.#answeredBy.get(address)
    if (life === undefined) return false
    const peer = links.current(life.name)?.peer
    return peer !== undefined && sameLife(peer, life)
  }

  #isOwn(address: Address, self: Entry): boolean {
    return self.addresses.includes(address) || this.#answeredBy.get(address)?.instance === self.instance
  }
}

/** A list with an item in it: itself, where it is. */
function including(item: string, list: readonly string[] = NONE): readonly string[] {
  if (list.includes(item)) return list
  // Most lists have one item, and a spread leaves room for sixteen more.
  return list.length === 0 ? [item] : [...list, item]
}

function isSameSet(all: ReadonlySet<Address>, list: readonly Address[]): boolean {
  return all.size === list.length && list.every((address) => all.has(address))
}
