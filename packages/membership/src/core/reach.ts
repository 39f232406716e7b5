// Life-long reconciliation: who should be linked (members, newcomers heard of, listed addresses, failed members not
// yet forgotten) against who is. What is missing is dialed for ever; nothing is dropped once and silently.
import type { UnreachedAddress } from './core.ts'
import type { DialPlan, Want } from './dial-plan.ts'
import type { MemberRecord } from './fact.ts'
import { type Address, compareIdentities, type Life, sameLife } from './identity.ts'
import { isDoubtful, type LinkTable } from './link-table.ts'
import type { MemberTable } from './member-table.ts'

export interface ReachParts {
  readonly table: MemberTable
  readonly links: LinkTable
  readonly plan: DialPlan
  /** Lives heard of and not met, and a rival of our own name. */
  readonly strangers: () => Iterable<Life & { readonly record?: MemberRecord }>
  readonly isIsolated: () => boolean
  /** A death watch is redialing this member by its own rules. */
  readonly isWatched: (life: Life) => boolean
}

export class Reach {
  readonly #parts: ReachParts
  #seeds: ReadonlySet<Address> = new Set()
  /** Who answered at listed addresses that nobody announces (NAT, a proxy, a second family). */
  readonly #answeredBy = new Map<Address, Life>()

  constructor(parts: ReachParts) {
    this.#parts = parts
  }

  setSeeds(addresses: readonly Address[]): void {
    this.#seeds = new Set(addresses)
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
      for (const address of entry.record.addresses) linked.add(address)
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
    if (this.#seeds.has(address)) this.#answeredBy.set(address, life)
  }

  /** What should be dialed now, most wanted first; each address once. */
  wants(): Want[] {
    const { table, links, strangers } = this.#parts
    const wants: Want[] = []
    const taken = new Set<Address>(table.self.record.addresses)
    const want = (wanted: Want | undefined) => {
      if (wanted === undefined || taken.has(wanted.address)) return
      taken.add(wanted.address)
      wants.push(wanted)
    }
    for (const entry of table.others()) {
      const link = links.current(entry.name)
      const isReached = link !== undefined && !isDoubtful(link)
      if (isReached || this.#parts.isWatched(entry))
        for (const address of entry.record.addresses) taken.add(address)
    }
    for (const entry of table.others()) want(this.#wantLife(entry, true))
    for (const life of strangers()) want(this.#wantLife(life, false))
    for (const address of this.#seeds) {
      if (!this.#isLinked(address)) want({ kind: 'seed', address, name: undefined, isMember: false })
    }
    for (const entry of table.entries()) {
      const address =
        entry.state === 'failed' && !entry.forgotten ? this.#bestAddress(entry.record) : undefined
      if (address !== undefined) want({ kind: 'failed', address, name: entry.name, isMember: false })
    }
    return wants
  }

  #wantLife(life: Life & { readonly record?: MemberRecord }, isMember: boolean): Want | undefined {
    const address = this.#bestAddress(life.record)
    if (address === undefined) return undefined
    // A link in doubt is replaced by whoever doubts it; the other end may not.
    const isOurs = this.#isOurs(life) || this.#parts.links.current(life.name) !== undefined
    return { kind: isOurs ? 'ours' : 'theirs', address, name: life.name, isMember }
  }

  /** Listed or known addresses without a link, and what happened at each. */
  unreached(): UnreachedAddress[] {
    const { plan } = this.#parts
    return plan.wants.map(({ address, name }) => ({ address, name, why: plan.result(address) ?? 'pending' }))
  }

  /**
   * Whether the seeds list an address that is not reached, those of failed members aside: where they were is known and
   * dialed, what comes in their place dials us, and at a death everybody would look up the same stale list at once.
   */
  get hasUnreachedSeed(): boolean {
    const { plan, table } = this.#parts
    const unreached = new Set<Address>()
    for (const { address } of plan.wants) if (this.#seeds.has(address)) unreached.add(address)
    if (unreached.size === 0) return false
    for (const { state, record } of table.entries()) {
      if (state === 'failed') for (const address of record.addresses) unreached.delete(address)
    }
    return unreached.size > 0
  }

  /** The younger life dials first: it has just heard who is there, and the older may not know of it yet. */
  #isOurs(life: Life): boolean {
    const { self } = this.#parts.table
    return (self.generation - life.generation || compareIdentities(self, life)) > 0
  }

  #bestAddress(record: MemberRecord | undefined): Address | undefined {
    let best: Address | undefined
    for (const address of record?.addresses ?? []) {
      if (best === undefined || this.#parts.plan.attempts(address) < this.#parts.plan.attempts(best))
        best = address
    }
    return best
  }

  /** Whether whoever answered there is linked: that very life, for a later one may live elsewhere. */
  #isLinked(address: Address): boolean {
    const { table, links } = this.#parts
    const life = this.#answeredBy.get(address)
    if (life === undefined) return false
    const peer = links.current(life.name)?.peer
    return this.#isOwn(address, table.self) || (peer !== undefined && sameLife(peer, life))
  }

  #isOwn(address: Address, self: Life & { readonly record: MemberRecord }): boolean {
    return (
      self.record.addresses.includes(address) || this.#answeredBy.get(address)?.instance === self.instance
    )
  }
}
