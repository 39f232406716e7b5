// Frames that more than one part has sent.
import type { CoreParts } from './core-parts.ts'
import type { Fact } from './fact.ts'
import { type Life, sameLife } from './identity.ts'
import type { Link } from './link-table.ts'
import type { Message } from './message.ts'
import type { PendingPing, PingPurpose } from './pings.ts'

/** Sends a message to every member that is linked. */
export function sendToAll({ links, outbox }: CoreParts, message: Message): void {
  for (const link of links.currents()) outbox.send(link.id, message)
}

/** Tells a member, by name, a fact; where `life` is given, only that life of it. Returns whether it is linked. */
export function sendFact({ links, outbox }: CoreParts, to: string, fact: Fact, life?: Life): boolean {
  const link = links.current(to)
  if (link?.peer === undefined || (life !== undefined && !sameLife(link.peer, life))) return false
  outbox.send(link.id, { type: 'updates', updates: [fact] })
  return true
}

/** Pings over a link, with the news and our exceptions. */
export function sendPing(parts: CoreParts, link: Link, life: Life, purpose: PingPurpose): PendingPing {
  const { clock, pings, outbox, table, news, exceptions } = parts
  const ping = pings.add(link, life, purpose, clock.now, clock.lived)
  const isAsked = purpose.type === 'probe' || purpose.type === 'challenge'
  const updates = isAsked ? news.takeFor(life.name) : []
  const carried = { updates, ...exceptions.takeFor(link) }
  outbox.send(link.id, { type: 'ping', seq: ping.seq, hash: table.hash, ...carried })
  return ping
}

/** Pings a member over the link in use, if there is one, whatever it is probed for besides. */
export function challenge(parts: CoreParts, life: Life): void {
  const link = parts.links.current(life.name)
  if (link !== undefined) sendPing(parts, link, life, { type: 'challenge' })
}
