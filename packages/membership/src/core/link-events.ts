// What becomes of dials and links: opened, failed, closed, and heard from.
import { CloseCode } from './close-code.ts'
import type { CoreParts } from './core-parts.ts'
import type { DialResult } from './dial-pace.ts'
import { type Life, type Millis, sameLife } from './identity.ts'
import type { DialFailure, LinkEnd, LinkId } from './input.ts'
import type { Link } from './link-table.ts'
import { isPresent } from './member-table.ts'
import { challenge } from './sending.ts'

export function dialConnected(parts: CoreParts, id: LinkId): void {
  const link = parts.links.get(id)
  if (link?.address === undefined || link.phase !== 'dialing') return
  link.connected = true
  if (link.checkOnly) {
    parts.addressCheck.answered(link.address)
    closeLink(parts, link, CloseCode.left, 'address checked')
    return
  }
  parts.plan.connected(link.address, parts.clock.now)
  parts.evidence.dialEnded(link.address, 'accepted')
  parts.deathWatch.dialEnded(link.address, 'connected')
}

export function dialFailed(parts: CoreParts, id: LinkId, why: DialFailure): void {
  const link = parts.links.get(id)
  if (link?.address === undefined) return
  parts.links.remove(link)
  if (link.checkOnly || link.phase === 'closing') return
  parts.dials.failed(link, why)
  parts.evidence.dialEnded(link.address, why)
  parts.deathWatch.dialEnded(link.address, why)
}

export function linkOpened(parts: CoreParts, id: LinkId): void {
  const { links, clock, greeting, farewell } = parts
  const link = links.get(id) ?? links.addAccepted(id, clock.now)
  if (link.phase === 'closing') return
  link.since = clock.now
  link.heardAt = clock.lived
  if (farewell.begun || link.checkOnly) {
    closeLink(parts, link, CloseCode.left, 'leaving')
    return
  }
  if (link.address !== undefined && !link.connected) parts.deathWatch.dialEnded(link.address, 'connected')
  link.phase = 'greeting'
  greeting.opened(link)
}

/** The peer of a link has said hello, and this is the link in use. */
export function memberLinked(parts: CoreParts, link: Link, life: Life): void {
  const { clock } = parts
  if (parts.links.currentCount === 1) parts.plan.pauseSeeds(clock.now)
  if (link.address !== undefined) parts.addressCheck.reached(life, link.address)
  parts.addressCheck.linked(life)
  if (parts.farewell.begun) parts.farewell.greet(link)
  parts.exceptions.linked(life.name)
  parts.deathWatch.heard(life)
  parts.prober.provenAlive(life, clock.lived)
  parts.accusations.heard(life, { sentAt: clock.now, sentLived: clock.lived })
  parts.disputes.linked(life)
  parts.vouching.vouch(life)
  // Whether it takes our hello, too, its next frame tells.
  if (parts.isolation.isolated) challenge(parts, life)
  parts.quorum.linked(link)
}

export function linkClosed(parts: CoreParts, id: LinkId, end: LinkEnd): void {
  const { links, table, greeting, deathWatch } = parts
  const link = links.get(id)
  if (link === undefined) return
  links.remove(link)
  parts.pings.forgetLink(id)
  parts.relays.forgetLink(id)
  parts.contests.forgetLink(link)
  parts.renewals.forgetLink(link)
  parts.repair.forgetLink(id)
  parts.quorum.unlinked(link)
  greeting.forgetLink(link)
  parts.farewell.settled(id)
  if (link.phase === 'greeting') {
    parts.dials.failed(link, resultOf(end))
    if (link.address !== undefined && end.code === undefined) {
      parts.evidence.dialEnded(link.address, 'other')
      deathWatch.dialEnded(link.address, 'other')
    }
  }
  // How a link ends that we close, or that lost against its twin, says nothing.
  if (link.peer !== undefined) {
    parts.evidence.linkEnded(link.peer, link.frameAt, link.phase === 'up' ? end : undefined)
  }
  if (link.phase === 'closing' || link.peer === undefined) return
  // A peer that takes us in may be refused by us, and the other way round.
  if (link.phase === 'up')
    parts.dials.ended(link, resultOf(end) === 'identity-refused' ? 'identity-refused' : 'closed')
  useAnotherLink(parts, link)
  const entry = table.get(link.peer.name)
  const broke = link.phase === 'up' && end.code === undefined
  if (!broke || entry === undefined || !isPresent(entry) || !sameLife(entry, link.peer)) return
  if (links.current(entry.name) === undefined && !parts.farewell.begun) deathWatch.linkBroke(entry)
}

/** Closes a link or gives up a dial; the end that follows is evidence of nothing. */
export function closeLink(parts: CoreParts, link: Link, code: number, reason: string): void {
  if (link.phase === 'closing') return
  link.phase = 'closing'
  useAnotherLink(parts, link)
  parts.greeting.forgetLink(link)
  parts.contests.forgetLink(link)
  parts.renewals.forgetLink(link)
  parts.outbox.push({ type: 'close', link: link.id, code, reason })
}

/** Ends a link on which nobody was heard for as long as tombstones last. */
export function endOldLink(parts: CoreParts, link: Link): void {
  if (link.phase === 'greeting') parts.dials.failed(link, 'silent')
  closeLink(parts, link, CloseCode.silent, 'nobody was heard for too long')
}

/** Gives up dials that have waited so long for a hello from an address that nobody wants any more. */
export function giveUpDials(parts: CoreParts, afterMs: Millis): void {
  for (const link of parts.links.all()) {
    const waits = link.phase === 'dialing' && link.connected && parts.clock.now - link.since >= afterMs
    if (!waits || link.address === undefined || parts.plan.isWanted(link.address)) continue
    parts.dials.failed(link, 'silent')
    closeLink(parts, link, CloseCode.helloTimeout, 'no longer wanted')
  }
}

/** A frame came: somebody is there. Only what follows a hello ends isolation: a peer that refuses us has said hello too. */
export function heardLink(parts: CoreParts, link: Link): void {
  link.heardAt = parts.clock.lived
  link.frameAt = parts.clock.now
  if (link.phase === 'greeting') return
  parts.isolation.heard()
  parts.vouching.heard()
}

function useAnotherLink(parts: CoreParts, link: Link): void {
  const { links } = parts
  const { peer } = link
  if (peer === undefined) return
  const current = links.current(peer.name)
  if (current !== undefined && current !== link) return
  links.setCurrent(peer.name, links.another(link))
}

/** Whoever sent such frames will not soon send better ones (1002, 1007 and 1009 are RFC 6455's own). */
const NONSENSE = new Set<number>([CloseCode.badFrame, CloseCode.tooLarge, 1002, 1007, 1009])

/** What a close before the peer's hello says about the address. */
function resultOf({ code, isOurs }: LinkEnd): DialResult {
  if (code === CloseCode.wrongCluster) return 'wrong-cluster'
  if (code === CloseCode.wrongVersion) return 'wrong-version'
  if (code === CloseCode.full) return 'full'
  if (code === CloseCode.unverified) return isOurs ? 'unverified' : 'identity-refused'
  if (code === undefined) return 'other'
  return NONSENSE.has(code) ? 'nonsense' : 'closed'
}
