// Builds the parts of the core and ties them together: each part gets only what it needs, as values and callbacks.
import { Accusations } from './accusations.ts'
import { AddressCheck } from './address-check.ts'
import { type Common, CommonParts } from './common-parts.ts'
import { Contests } from './contest.ts'
import { DeathWatch } from './death-watch.ts'
import { DialPlan } from './dial-plan.ts'
import { Dials } from './dials.ts'
import { Disputes } from './disputes.ts'
import { Dissemination } from './dissemination.ts'
import { Exceptions } from './exceptions.ts'
import { Farewell } from './farewell.ts'
import { Greeting } from './greeting.ts'
import type { Life } from './identity.ts'
import { Introductions } from './introductions.ts'
import { Isolation } from './isolation.ts'
import { closeLink, endOldLink, giveUpDials, memberLinked } from './link-events.ts'
import type { Link } from './link-table.ts'
import { memberChanged, memberVotedGone, reintroduceSelf, supersededBy } from './member-events.ts'
import { News } from './news.ts'
import type { PingPurpose } from './pings.ts'
import { Prober } from './prober.ts'
import { QuorumKeeper } from './quorum.ts'
import { Reach } from './reach.ts'
import { Reaper } from './reaper.ts'
import { RedialOrder } from './redial-order.ts'
import { Relays } from './relays.ts'
import { Renewals } from './renewals.ts'
import { Repair } from './repair.ts'
import { Roster } from './roster.ts'
import { Routes } from './routes.ts'
import { Self } from './self.ts'
import { challenge, sendFact, sendPing, sendToAll } from './sending.ts'
import { Vetoes } from './vetoes.ts'
import { Vouching } from './vouching.ts'

/** In the order in which they are built; what comes later is reached by callbacks. */
export class CoreParts extends CommonParts {
  readonly #common: Common = { ...this }
  readonly #dissemination = new Dissemination()
  readonly #close = (link: Link, code: number, reason: string) => closeLink(this, link, code, reason)
  readonly #ping = (link: Link, life: Life, purpose: PingPurpose) => sendPing(this, link, life, purpose)

  readonly vouching = new Vouching({
    ...this.#common,
    end: (link) => endOldLink(this, link),
    dropNews: () => this.#dissemination.clear(),
  })

  readonly isolation = new Isolation({
    ...this.#common,
    listed: () => this.reach.listed,
    ended: () => this.accusations.isolationEnded(),
  })

  readonly plan = new DialPlan(this.options, this.random)

  readonly quorum = new QuorumKeeper(
    {
      ...this.#common,
      isIsolated: () => this.isolation.isolated,
      hasHeard: () => this.isolation.hasHeard,
      hasUnmetSeed: () => this.plan.wants.some(({ kind }) => kind === 'seed'),
    },
    this.expectedSize,
  )

  readonly roster = new Roster(
    this.table,
    this.outbox,
    this.options,
    this.maxMembers,
    (change) => memberChanged(this, change),
    (entry, fact) => sendFact(this, entry.name, fact, entry),
    (entry) => this.evidence.certificate(entry),
  )

  readonly introductions = new Introductions(this.#common)

  readonly routes = new Routes(this.#common)

  readonly disputes = new Disputes({
    ...this.#common,
    accusations: () => this.accusations,
    accept: (fact, from) => this.news.accept(fact, from),
  })

  readonly news: News = new News({
    ...this.#common,
    introductions: this.introductions,
    roster: this.roster,
    accusations: () => this.accusations,
    disputes: this.disputes,
    dissemination: this.#dissemination,
    vouch: (life) => this.vouching.vouch(life),
    aboutSelf: (fact) => this.self.heard(fact),
    strangerChanged: (name) => this.reach.changed(name),
  })

  readonly self: Self = new Self({
    ...this.#common,
    roster: this.roster,
    tellSelf: () => this.news.tell(this.news.describe(this.table.self)),
    reintroduce: () => reintroduceSelf(this),
  })

  readonly accusations: Accusations = new Accusations({
    ...this.#common,
    roster: this.roster,
    tell: (fact) => this.news.tell(fact),
    challenge: (life) => challenge(this, life),
    askHelpers: (life) => this.prober.askHelpers(life),
    hearsOthersSince: (lived) => this.isPlainSwim || this.isolation.hasHeardSince(lived),
    isIsolated: () => !this.isPlainSwim && this.isolation.isolated,
    isRefused: (life) => this.reach.isRefused(life),
  })

  readonly exceptions = new Exceptions(this.#common)

  readonly prober = new Prober({
    ...this.#common,
    exceptions: this.exceptions,
    ping: this.#ping,
    silent: (entry, sentLived) => this.accusations.accuse(entry, sentLived),
    heard: (life, probe) => this.accusations.heard(life, probe),
  })

  readonly relays = new Relays({ ...this.#common, ping: this.#ping })

  readonly reach: Reach = new Reach({
    ...this.#common,
    plan: this.plan,
    isIsolated: () => this.isolation.isolated,
    stranger: (name) => (name === this.table.self.name ? this.self.rival : this.news.stranger(name)),
    isWatched: (life) => this.deathWatch.isRedialing(life),
  })

  readonly dials = new Dials({
    ...this.#common,
    plan: this.plan,
    reach: this.reach,
    isLeaving: () => this.farewell.begun,
  })

  readonly #order = new RedialOrder(this.#common)

  readonly vetoes = new Vetoes({ ...this.#common, sendToAll: (message) => sendToAll(this, message) })

  readonly deathWatch: DeathWatch = new DeathWatch({
    ...this.#common,
    order: this.#order,
    redial: (address, name) => this.dials.now(address, name),
    hasWorked: (life) => this.addressCheck.hasWorked(life),
    isUnchecked: (life) => this.addressCheck.isUnchecked(life),
    sendVote: (member, how) => sendToAll(this, { type: 'gone', member, how }),
    sendVeto: (life) => this.vetoes.add(life),
    withdrawVeto: (name) => this.vetoes.drop(name),
    challenge: (life) => challenge(this, life),
    released: (name) => this.reach.changed(name),
    suspect: (entry, sinceLived, why) => this.accusations.accuse(entry, sinceLived, why),
    fail: (entry, why, tell) => memberVotedGone(this, entry, why, tell),
    answer: (voter, about) => sendFact(this, voter, this.news.describe(about)),
  })

  readonly addressCheck = new AddressCheck({
    ...this.#common,
    order: this.#order,
    check: (address) => this.dials.check(address),
  })

  readonly contests = new Contests({ ...this.#common, ping: this.#ping, close: this.#close })

  readonly renewals = new Renewals({ ...this.#common, plan: this.plan, close: this.#close })

  readonly repair = new Repair({
    ...this.#common,
    describe: (entry) => this.news.describe(entry),
    answerWant: (link, names) => this.news.answerWant(link, names),
    take: (fact, link) => this.news.take(fact, link),
    agreed: (link) => {
      this.quorum.agreed(link)
      this.news.agreed(link)
    },
  })

  readonly greeting = new Greeting({
    ...this.#common,
    dials: this.dials,
    reach: this.reach,
    roster: this.roster,
    news: this.news,
    repair: this.repair,
    contests: this.contests,
    close: this.#close,
    linked: (link, life) => memberLinked(this, link, life),
    superseded: (by) => supersededBy(this, by),
  })

  readonly farewell: Farewell = new Farewell({
    ...this.#common,
    self: this.self,
    describeSelf: () => this.news.describe(this.table.self),
    close: this.#close,
  })

  readonly reaper = new Reaper({
    ...this.#common,
    roster: this.roster,
    isDoubted: (entry) => this.vouching.isDoubted(entry),
    giveUpDials: (afterMs) => giveUpDials(this, afterMs),
    forgetEvidence: () => this.evidence.sweep(),
    forgetStrangers: (afterMs) => this.news.forgetStrangers(afterMs),
  })
}
