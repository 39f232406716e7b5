// Builds the parts of the core and ties them together: each part gets only what it needs, as values and callbacks.
import { Accusations } from './accusations.ts'
import { AddressCheck } from './address-check.ts'
import { CloseCode } from './close-code.ts'
import { Contests } from './contest.ts'
import { DeathWatch } from './death-watch.ts'
import { DialPlan } from './dial-plan.ts'
import { Dials } from './dials.ts'
import { Dissemination } from './dissemination.ts'
import { EvidenceFiles } from './evidence.ts'
import { Exceptions } from './exceptions.ts'
import type { Fact } from './fact.ts'
import { Farewell } from './farewell.ts'
import { Greeting } from './greeting.ts'
import { type Life, type Millis, sameLife } from './identity.ts'
import { Isolation } from './isolation.ts'
import { closeLink, giveUpDials } from './link-events.ts'
import { type Link, LinkTable } from './link-table.ts'
import { LivedClock } from './lived-clock.ts'
import { LocalHealth } from './local-health.ts'
import { type Entry, entryOf, isPresent, MemberTable, ownEntry, toMember } from './member-table.ts'
import { News } from './news.ts'
import { type CoreOptions, defaultProtocol, type ProtocolOptions } from './options.ts'
import { Outbox } from './outbox.ts'
import { type PendingPing, type PingPurpose, Pings } from './pings.ts'
import { plainSwim } from './plain-swim.ts'
import { Prober } from './prober.ts'
import { QuorumKeeper } from './quorum.ts'
import { Reach } from './reach.ts'
import { Reaper } from './reaper.ts'
import { Repair } from './repair.ts'
import { type Change, Roster } from './roster.ts'
import { AckDelay } from './round-trip.ts'
import { Self } from './self.ts'
import { Vouching } from './vouching.ts'

export class CoreParts {
  readonly options: ProtocolOptions
  readonly isPlainSwim: boolean
  readonly clock: LivedClock
  readonly outbox = new Outbox((link, message) =>
    this.vouching.sift(message, this.links.get(link)?.peer?.name),
  )
  readonly links = new LinkTable()
  readonly pings = new Pings()
  readonly ackDelay = new AckDelay()
  readonly health: LocalHealth
  readonly table: MemberTable
  readonly evidence: EvidenceFiles
  readonly plan: DialPlan
  readonly roster: Roster
  readonly news: News
  readonly self: Self
  readonly accusations: Accusations
  readonly exceptions: Exceptions
  readonly prober: Prober
  readonly deathWatch: DeathWatch
  readonly addressCheck: AddressCheck
  readonly contests: Contests
  readonly repair: Repair
  readonly reach: Reach
  readonly dials: Dials
  readonly greeting: Greeting
  readonly farewell: Farewell
  readonly reaper: Reaper
  readonly isolation: Isolation
  readonly quorum: QuorumKeeper
  readonly vouching: Vouching

  constructor(core: CoreOptions, now: Millis) {
    const isPlainSwim = core.detector === 'swim'
    const given = { ...defaultProtocol, ...core.protocol }
    const options = isPlainSwim ? plainSwim(given) : given
    const { random } = core
    const clock = new LivedClock(now, options.maxLivedStepMs)
    const table = new MemberTable(ownEntry(core, now))
    const health = new LocalHealth(isPlainSwim ? 0 : undefined)
    const { links, outbox, pings, ackDelay } = this
    this.isPlainSwim = isPlainSwim
    this.health = health
    this.options = options
    this.clock = clock
    this.table = table
    const wallNow = () => core.generation + (clock.now - now)
    this.evidence = new EvidenceFiles({ clock, table, links, health, isolation: () => this.isolation })
    const { evidence } = this
    const shared = {
      clock,
      table,
      links,
      pings,
      outbox,
      ackDelay,
      health,
      options,
      random,
      wallNow,
      evidence,
    }
    const close = (link: Link, code: number, reason: string) => closeLink(this, link, code, reason)
    const ping = (link: Link, life: Life, purpose: PingPurpose) => this.#ping(link, life, purpose)
    const tell = (fact: Fact) => this.news.tell(fact)

    const dissemination = new Dissemination()
    this.vouching = new Vouching({
      ...shared,
      end: (link) => this.#endOld(link),
      dropNews: () => dissemination.clear(),
    })
    const { vouching } = this
    this.isolation = new Isolation({
      ...shared,
      listed: () => this.reach.listed,
      ended: () => this.accusations.isolationEnded(),
    })
    this.plan = new DialPlan(options, random)
    this.quorum = new QuorumKeeper(
      {
        ...shared,
        isIsolated: () => this.isolation.isolated,
        hasUnmetSeed: () => this.plan.wants.some(({ kind }) => kind === 'seed'),
        tell: (standing, link) =>
          link === undefined ? this.#toAll(standing) : outbox.send(link.id, standing),
      },
      core.expectedSize,
    )
    this.roster = new Roster(
      table,
      outbox,
      options,
      (change) => this.#changed(change),
      (entry, fact) => this.#tellOwner(entry, fact),
      (entry) => evidence.certificate(entry),
    )
    const { plan, roster } = this
    this.news = new News({
      ...shared,
      roster,
      accusations: () => this.accusations,
      dissemination,
      vouch: (life) => vouching.vouch(life),
      aboutSelf: (fact) => this.self.heard(fact),
      strangerChanged: (name) => this.reach.changed(name),
    })
    this.self = new Self({
      ...shared,
      roster,
      tellSelf: () => tell(this.news.describe(table.self)),
      reintroduce: () => this.#reintroduce(),
    })
    this.accusations = new Accusations({
      ...shared,
      roster,
      tell,
      challenge: (life) => this.#challenge(life),
      hearsOthersSince: (lived) => isPlainSwim || this.isolation.hasHeardSince(lived),
      isIsolated: () => !isPlainSwim && this.isolation.isolated,
      isRefused: (life) => this.reach.isRefused(life),
    })
    this.exceptions = new Exceptions(shared)
    this.prober = new Prober({
      ...shared,
      exceptions: this.exceptions,
      ping,
      silent: (entry, sentLived) => this.accusations.accuse(entry, sentLived),
      heard: (life, sentLived) => this.accusations.heard(life, sentLived),
    })
    this.reach = new Reach({
      ...shared,
      plan,
      isIsolated: () => this.isolation.isolated,
      stranger: (name) => (name === table.self.name ? this.self.rival : this.news.stranger(name)),
      isWatched: (life) => this.deathWatch.isRedialing(life),
    })
    this.dials = new Dials({ ...shared, plan, isSeed: (address) => this.reach.isSeed(address) })
    this.deathWatch = this.#createDeathWatch(shared)
    this.addressCheck = new AddressCheck({
      ...shared,
      isFirstRank: (life) => this.deathWatch.isFirstRank(table.self.name, life),
      check: (address) => this.dials.check(address),
    })
    this.contests = new Contests({ ...shared, ping, close })
    this.repair = new Repair({
      ...shared,
      describe: (entry) => this.news.describe(entry),
      answerWant: (link, names) => this.news.answerWant(link, names),
      take: (fact, link) => this.news.take(fact, link),
      agreed: (link) => this.quorum.agreed(link),
    })
    this.greeting = new Greeting({
      ...shared,
      clusterId: core.clusterId,
      dials: this.dials,
      reach: this.reach,
      roster,
      news: this.news,
      repair: this.repair,
      contests: this.contests,
      close,
      linked: (link, life) => this.#linked(link, life),
      superseded: (by) => this.#superseded(by),
    })
    this.farewell = new Farewell({
      ...shared,
      self: this.self,
      describeSelf: () => this.news.describe(table.self),
      close,
    })
    this.reaper = new Reaper({
      giveUpDials: (afterMs) => giveUpDials(this, afterMs),
      ...shared,
      roster,
      isDoubted: (entry) => vouching.isDoubted(entry),
      forgetEvidence: () => evidence.sweep(),
      forgetStrangers: (afterMs) => this.news.forgetStrangers(afterMs),
    })
  }

  /** An operator's word that a member that failed or left is gone for good. */
  forget(name: string): void {
    const entry = this.table.get(name)
    if (entry === undefined || entry.forgotten || isPresent(entry)) return
    this.roster.forget(entry, this.clock.now)
    this.news.tell(this.news.describe(this.table.get(name) as Entry))
  }

  /** Starts the dials that are due. */
  dialDue(): void {
    if (this.farewell.begun) return
    const changes = this.reach.takeChanges()
    if (changes.size > 0) this.plan.change(changes, this.links.currentCount > 0, this.clock.now)
    this.dials.pump()
  }

  /** When dialDue() may have something to do. */
  get nextDialAt(): Millis | undefined {
    return this.farewell.begun ? undefined : this.plan.nextAt
  }

  #createDeathWatch(shared: {
    clock: LivedClock
    table: MemberTable
    links: LinkTable
    options: ProtocolOptions
    random: () => number
    evidence: EvidenceFiles
  }): DeathWatch {
    return new DeathWatch({
      ...shared,
      redial: (address, name) => this.dials.now(address, name),
      hasWorked: (life) => this.addressCheck.hasWorked(life),
      sendVote: (member, how) => this.#toAll({ type: 'gone', member, how }),
      sendVeto: (member) => this.#toAll({ type: 'veto', member }),
      challenge: (life) => this.#challenge(life),
      released: (name) => this.reach.changed(name),
      suspect: (entry, sinceLived, why) => this.accusations.accuse(entry, sinceLived, why),
      fail: (entry, why, tell) => {
        this.roster.conclude(entry, 'failed', why, this.clock.now)
        const fact = this.news.describe(this.table.get(entry.name) as Entry)
        if (tell) this.news.tell(fact)
        else this.news.queue(fact)
      },
      answer: (voter, about) => {
        const link = this.links.current(voter)
        if (link !== undefined)
          this.outbox.send(link.id, { type: 'updates', updates: [this.news.describe(about)] })
      },
    })
  }

  #tellOwner(entry: Entry, fact: Fact): boolean {
    const link = this.links.current(entry.name)
    if (link?.peer === undefined || !sameLife(link.peer, entry)) return false
    this.outbox.send(link.id, { type: 'updates', updates: [fact] })
    return true
  }

  #toAll(message: Parameters<Outbox['send']>[1]): void {
    for (const link of this.links.currents()) this.outbox.send(link.id, message)
  }

  #challenge(life: Life): void {
    const link = this.links.current(life.name)
    if (link !== undefined) this.#ping(link, life, { type: 'challenge' })
  }

  #ping(link: Link, life: Life, purpose: PingPurpose): PendingPing {
    const { clock, pings, outbox, table, news } = this
    const ping = pings.add(link, life, purpose, clock.now, clock.lived)
    const isAsked = purpose.type === 'probe' || purpose.type === 'challenge'
    const updates = isAsked ? news.takeFor(life.name) : []
    const carried = { updates, ...this.exceptions.takeFor(link) }
    outbox.send(link.id, { type: 'ping', seq: ping.seq, hash: table.hash, ...carried })
    return ping
  }

  /** After the table changed: what was held about the former state no longer applies. */
  #changed(change: Change): void {
    const { next, previous } = change
    this.evidence.changed(change)
    if (next.state !== 'suspect' || previous === undefined || !sameLife(next, previous)) {
      this.accusations.drop(next.name)
    }
    if (isPresent(next) && (previous === undefined || !isPresent(previous))) this.prober.include(next.name)
    if (!isPresent(next)) {
      this.accusations.forget(next.name)
      this.exceptions.forget(next.name)
      this.addressCheck.forget(next.name)
      this.deathWatch.drop(next.name)
    }
    if (next.state === 'failed') this.#doubtLinks(next)
    const link = this.links.current(next.name)
    if (next.state !== 'alive' && link !== undefined) this.farewell.settled(link.id)
    if (next.forgotten) this.#endLinks(next, CloseCode.silent, 'its member failed and was forgotten')
    if (previous !== undefined && !sameLife(next, previous)) {
      this.#endLinks(previous, CloseCode.staleLife, `a newer life of ${next.name} is known`)
    }
    this.news.settle(next)
    this.quorum.changed(next)
    if (previous === undefined || !isReachedAlike(next, previous)) this.reach.changed(next.name)
  }

  /** One link to a failed member is kept, for it may only be frozen; but another is dialed beside it. */
  #doubtLinks(life: Life): void {
    const current = this.links.current(life.name)
    for (const link of this.links.upWith(life)) {
      if (link === current) this.links.doubt(link)
      else closeLink(this, link, CloseCode.silent, 'its member failed')
    }
  }

  /** Ends the links of a life that was replaced: dead, or to learn that it is superseded; or that was forgotten. */
  #endLinks(life: Life, code: number, reason: string): void {
    for (const link of this.links.upWith(life)) closeLink(this, link, code, reason)
  }

  #linked(link: Link, life: Life): void {
    if (this.links.currentCount === 1) this.plan.pauseSeeds(this.clock.now)
    if (link.address !== undefined) this.addressCheck.reached(life, link.address)
    this.addressCheck.linked()
    if (this.farewell.begun) this.farewell.greet(link)
    this.exceptions.linked(life.name)
    this.deathWatch.heard(life)
    this.prober.provenAlive(life, this.clock.lived)
    this.accusations.heard(life, this.clock.lived)
    this.isolation.heard()
    this.vouching.heard()
    this.vouching.vouch(life)
    this.quorum.linked(link)
  }

  #endOld(link: Link): void {
    if (link.phase === 'greeting') this.dials.failed(link, 'silent')
    closeLink(this, link, CloseCode.silent, 'nobody was heard for too long')
  }

  #reintroduce(): void {
    this.plan.forgive(this.clock.now)
    this.reach.changedForAll()
    for (const link of this.links.currents()) this.greeting.sendHello(link)
  }

  #superseded(by: Fact): void {
    this.outbox.emit({ type: 'superseded', by: toMember(entryOf(by, this.clock.now)), view: this.table.view })
    this.farewell.stop('superseded', CloseCode.staleLife)
  }
}

/** Whether a change leaves it as it was whom to dial, and where. */
function isReachedAlike(next: Entry, previous: Entry): boolean {
  const stands = isPresent(next) === isPresent(previous) && next.forgotten === previous.forgotten
  return stands && sameLife(next, previous) && next.record.addresses === previous.record.addresses
}
