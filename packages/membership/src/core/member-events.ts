// What all parts have to do when the standing of a member, or our own, has changed.
import type { Cause } from './certificate.ts'
import { CloseCode } from './close-code.ts'
import type { CoreParts } from './core-parts.ts'
import type { Fact } from './fact.ts'
import { type Life, sameLife } from './identity.ts'
import { closeLink } from './link-events.ts'
import { type Entry, entryOf, isPresent } from './member-table.ts'
import type { Change } from './roster.ts'

/** The table has changed: what was held about the former state no longer applies. */
export function memberChanged(parts: CoreParts, change: Change): void {
  const { next, previous } = change
  parts.evidence.changed(change)
  if (next.state !== 'suspect' || previous === undefined || !sameLife(next, previous)) {
    parts.accusations.drop(next.name)
  }
  if (isPresent(next) && (previous === undefined || !isPresent(previous))) {
    parts.prober.include(next.name)
    parts.addressCheck.linked(next)
  }
  if (!isPresent(next)) {
    parts.accusations.forget(next.name)
    parts.exceptions.forget(next.name)
    parts.addressCheck.forget(next.name)
    parts.deathWatch.drop(next.name)
  }
  if (next.state === 'alive' && previous?.state === 'suspect') parts.deathWatch.refuted(next)
  if (next.state === 'failed') doubtLinks(parts, next)
  const link = parts.links.current(next.name)
  if (next.state !== 'alive' && link !== undefined) parts.farewell.settled(link.id)
  if (next.forgotten) endLinks(parts, next, CloseCode.silent, 'its member failed and was forgotten')
  if (previous !== undefined && !sameLife(next, previous)) {
    endLinks(parts, previous, CloseCode.staleLife, `a newer life of ${next.name} is known`)
  }
  parts.news.settle(next)
  parts.quorum.changed(next)
  if (previous === undefined || !isReachedAlike(next, previous)) parts.reach.changed(next.name)
}

/** The votes about a member were enough; `tell`: others may not know what they rest on. */
export function memberVotedGone(parts: CoreParts, entry: Entry, why: Cause, tell: boolean): void {
  const { roster, news, table, clock } = parts
  roster.conclude(entry, 'failed', why, clock.now)
  const fact = news.describe(table.get(entry.name) as Entry)
  if (tell) news.tell(fact)
  else news.queue(fact)
}

/** An operator's word that a member that failed or left is gone for good. */
export function forgetMember({ table, roster, news, clock }: CoreParts, name: string): void {
  const entry = table.get(name)
  if (entry === undefined || entry.forgotten || isPresent(entry)) return
  roster.forget(entry, clock.now)
  news.tell(news.describe(table.get(name) as Entry))
}

/** Our generation was raised: everyone must hear it from ourselves, on each link on which we have said the former one. */
export function reintroduceSelf({ plan, reach, links, greeting, clock }: CoreParts): void {
  plan.forgive(clock.now)
  reach.changedForAll()
  for (const link of links.all()) {
    if (link.phase === 'greeting' || link.phase === 'up') greeting.sendHello(link)
  }
}

/** A newer life of our own name is really there. */
export function supersededBy({ outbox, table, farewell, clock }: CoreParts, by: Fact): void {
  outbox.emit({ type: 'superseded', by: entryOf(by, clock.now), view: table.view })
  farewell.stop('superseded', CloseCode.staleLife)
}

/** One link to a failed member is kept, for it may only be frozen; but another is dialed beside it. */
function doubtLinks(parts: CoreParts, life: Life): void {
  const { links } = parts
  const current = links.current(life.name)
  for (const link of links.upWith(life)) {
    if (link === current) links.doubt(link)
    else closeLink(parts, link, CloseCode.silent, 'its member failed')
  }
}

/** Ends the links of a life that was replaced: dead, or to learn that it is superseded; or that was forgotten. */
function endLinks(parts: CoreParts, life: Life, code: number, reason: string): void {
  for (const link of parts.links.upWith(life)) closeLink(parts, link, code, reason)
}

/** Whether a change leaves it as it was whom to dial, and where. */
function isReachedAlike(next: Entry, previous: Entry): boolean {
  const stands = isPresent(next) === isPresent(previous) && next.forgotten === previous.forgotten
  return stands && sameLife(next, previous) && next.addresses === previous.addresses
}
