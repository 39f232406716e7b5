// What nearly every part works on: time, the table of members, the links, and what goes out over them.
import { type ClusterIds, clusterIds } from './cluster-ids.ts'
import { EvidenceFiles } from './evidence.ts'
import type { Millis } from './identity.ts'
import type { Isolation } from './isolation.ts'
import { LinkTable } from './link-table.ts'
import { LivedClock } from './lived-clock.ts'
import { LocalHealth } from './local-health.ts'
import { MemberTable, ownEntry } from './member-table.ts'
import { type CoreOptions, DEFAULT_MAX_MEMBERS, defaultProtocol, type ProtocolOptions } from './options.ts'
import { Outbox } from './outbox.ts'
import { Pings } from './pings.ts'
import { plainSwim } from './plain-swim.ts'
import type { Random } from './random.ts'
import { AckDelay } from './round-trip.ts'
import type { Vouching } from './vouching.ts'

export abstract class CommonParts {
  readonly ids: ClusterIds
  /** How many members there should be, where that was given at the start. */
  readonly expectedSize: number | undefined
  readonly maxMembers: number
  readonly isPlainSwim: boolean
  readonly options: ProtocolOptions
  readonly random: Random
  readonly clock: LivedClock
  /** The wall clock, as it was at the start and has gone on since. */
  readonly wallNow: () => Millis
  readonly table: MemberTable
  readonly health: LocalHealth
  readonly links = new LinkTable()
  readonly pings = new Pings()
  readonly ackDelay = new AckDelay()
  readonly outbox: Outbox
  readonly evidence: EvidenceFiles
  abstract readonly vouching: Vouching
  abstract readonly isolation: Isolation

  constructor(core: CoreOptions, now: Millis) {
    const given = { ...defaultProtocol, ...core.protocol }
    this.ids = clusterIds(core)
    this.expectedSize = core.expectedSize
    this.maxMembers = core.maxMembers ?? DEFAULT_MAX_MEMBERS
    this.isPlainSwim = core.detector === 'swim'
    this.options = this.isPlainSwim ? plainSwim(given) : given
    this.random = core.random
    this.clock = new LivedClock(now, this.options.maxLivedStepMs)
    this.wallNow = () => core.generation + (this.clock.now - now)
    this.table = new MemberTable(ownEntry(core, now))
    this.health = new LocalHealth(this.isPlainSwim ? 0 : undefined)
    this.outbox = new Outbox((link, message) => this.vouching.sift(message, this.links.get(link)?.peer?.name))
    this.evidence = new EvidenceFiles({ ...this, isolation: () => this.isolation })
  }
}

/** The common parts alone, to be handed to all others. */
export type Common = Omit<CommonParts, 'vouching' | 'isolation'>
