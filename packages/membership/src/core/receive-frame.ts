// Routes a frame to the part it concerns. Frames on links that are not (or no longer) up are refused or ignored.
import { CloseCode } from './close-code.ts'
import type { CoreParts } from './core-parts.ts'
import type { LinkId } from './input.ts'
import { heardLink } from './link-events.ts'
import type { Link } from './link-table.ts'
import type { Ack, Goodbye, Message, Ping } from './message.ts'

export function receiveFrame(parts: CoreParts, id: LinkId, message: Message): void {
  const link = parts.links.get(id)
  if (link === undefined || link.phase === 'dialing') return
  if (link.phase === 'closing') {
    receiveAnswer(parts, link, message)
    return
  }
  if (message.type === 'hello') {
    heardLink(parts, link)
    parts.greeting.receive(link, message)
    return
  }
  if (link.phase === 'greeting') {
    parts.greeting.refuse(link, CloseCode.badFrame, 'other', `${message.type} before hello`)
    return
  }
  heardLink(parts, link)
  receiveFromMember(parts, link, message)
}

function receiveFromMember(parts: CoreParts, link: Link, message: Exclude<Message, { type: 'hello' }>): void {
  const { news, repair, relays, deathWatch, contests, farewell, outbox } = parts
  const peer = link.peer?.name as string
  switch (message.type) {
    case 'ping':
      takeCarried(parts, link, message)
      outbox.send(link.id, {
        type: 'ack',
        seq: message.seq,
        hash: parts.table.hash,
        updates: news.takeFor(peer),
        ...parts.exceptions.takeFor(link),
      })
      return
    case 'ack':
      receiveAnswer(parts, link, message)
      takeCarried(parts, link, message)
      return
    case 'indirect-ack':
      receiveAnswer(parts, link, message)
      return
    case 'ping-request':
      relays.begin(link, message.seq, message.target)
      return
    case 'updates':
      for (const fact of message.updates) news.take(fact, link)
      return
    case 'gone':
      deathWatch.voted(message.member, peer, message.how)
      return
    case 'veto':
      for (const member of message.members) deathWatch.vetoed(member, peer)
      return
    case 'digest':
      repair.answer(link, message)
      return
    case 'delta':
      repair.receive(link, message)
      return
    case 'want':
      news.answerWant(link, message.names)
      return
    case 'goodbye':
      receiveGoodbye(parts, link, message)
      return
    case 'goodbye-ack':
      farewell.settled(link.id)
      return
    case 'last':
      contests.receivedLast(link)
      return
    case 'standing':
      parts.quorum.hear(link, message)
  }
}

function takeCarried({ news, exceptions, repair }: CoreParts, link: Link, message: Ping | Ack): void {
  for (const fact of message.updates) news.take(fact, link)
  if (message.exceptions !== undefined) exceptions.receive(link.peer?.name as string, message.exceptions)
  repair.compare(link, message.hash)
}

/** What we have asked for counts on a link that we are closing, too: there the answer was under way. */
function receiveAnswer(parts: CoreParts, link: Link, message: Message): void {
  if (message.type === 'ack') receiveAck(parts, link, message.seq)
  else if (message.type === 'indirect-ack') parts.prober.indirectAnswer(link.id, message.seq, message.ok)
}

function receiveAck(parts: CoreParts, link: Link, seq: number): void {
  const ping = parts.pings.answered(seq, link.id)
  if (ping === undefined) {
    parts.outbox.count('unmatched-acks')
    return
  }
  parts.links.trust(link)
  // An ack that comes later than any timeout tells of a stall, not of the pace of the link.
  const tookMs = parts.clock.now - ping.sentAt
  if (tookMs <= parts.options.maxProbeTimeoutMs) parts.ackDelay.sample(link.roundTrip, tookMs)
  parts.exceptions.reached(ping.life.name)
  parts.relays.answered(ping)
  parts.prober.provenAlive(ping.life, ping.sentLived)
  parts.accusations.heard(ping.life, ping)
  parts.deathWatch.heard(ping.life, ping.sentAt)
  if (ping.purpose.type === 'contest') parts.contests.answered(ping)
}

/** Only the member itself says goodbye; the acknowledgement lets it go. */
function receiveGoodbye(parts: CoreParts, link: Link, goodbye: Goodbye): void {
  if (goodbye.self.instance !== link.peer?.instance || goodbye.self.state !== 'left') return
  parts.news.take(goodbye.self, link)
  parts.outbox.send(link.id, { type: 'goodbye-ack' })
}
