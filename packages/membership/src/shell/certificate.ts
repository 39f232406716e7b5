// What the core knows about why a member stands as it does, for people and programs: times on the wall clock, and the
// essence in a sentence or two.
import type {
  Cause,
  CoreCertificate,
  Evidence,
  Ground,
  Limit,
  ObserverState,
  Recovery,
} from '../core/certificate.ts'
import type { Millis } from '../core/identity.ts'
import type { Certificate } from '../member.ts'
import type { Clock } from './clock.ts'

/** A stall longer ago than this explains nothing. */
const RECENT_MS = 10_000

/** The application's certificate, as of now. `clock` is that of the core. */
export function toCertificate(core: CoreCertificate, clock: Clock, isSelf = false): Certificate {
  const { since, lastHeardAt, evidence, recovered, observer } = core
  return frozen({
    ...core,
    since: clock.toEpochMs(since),
    ...(lastHeardAt === undefined ? {} : { lastHeardAt: clock.toEpochMs(lastHeardAt) }),
    evidence: evidence.map((each) => ({
      ...each,
      firstAt: clock.toEpochMs(each.firstAt),
      at: clock.toEpochMs(each.at),
    })),
    ...(recovered === undefined ? {} : { recovered: recoveryOf(recovered, clock) }),
    observer: observerOf(observer, clock),
    text: isSelf ? `${core.name} is this member itself.` : describe(core, clock.now()),
  })
}

function recoveryOf(recovered: Recovery, clock: Clock): Recovery {
  const { since, recoveredAt } = recovered
  return { ...recovered, since: clock.toEpochMs(since), recoveredAt: clock.toEpochMs(recoveredAt) }
}

function observerOf(observer: ObserverState, clock: Clock): ObserverState {
  const { stalledAt } = observer
  return stalledAt === undefined ? observer : { ...observer, stalledAt: clock.toEpochMs(stalledAt) }
}

/** Puts the words to a certificate. */
function describe(certificate: CoreCertificate, now: Millis): string {
  const { name, state, why } = certificate
  if (state === 'left') return `${name} left: it said goodbye.`
  if (state === 'alive') return describeLiving(certificate, now)
  const sentences = [
    `${name} ${state === 'failed' ? 'failed' : 'is suspect'}${why ? `: ${reason(why)}` : ''}.`,
  ]
  const own = ownEvidence(certificate.evidence)
  if (own.length > 0) sentences.push(`Seen from here: ${own.join('; ')}.`)
  const doubts = doubtsAbout(certificate)
  if (doubts.length > 0) sentences.push(`This member itself ${doubts.join(' and ')} at that time.`)
  return sentences.join(' ')
}

function describeLiving({ name, lastHeardAt, recovered }: CoreCertificate, now: Millis): string {
  const heard =
    lastHeardAt === undefined
      ? 'no link from here has reached it lately'
      : `last heard ${shown(now - lastHeardAt)} ago`
  if (recovered === undefined) return `${name} is alive: ${heard}.`
  const { state, since, recoveredAt, why } = recovered
  const past = `It was ${state} for ${shown(recoveredAt - since)} until ${shown(now - recoveredAt)} ago`
  return `${name} is alive: ${heard}. ${past} (${reason(why)}), and has refuted that.`
}

function reason(why: Cause): string {
  switch (why.type) {
    case 'silence': {
      const { silentMs, confirmedBy, needed, limit } = why
      const observers = `${counted(confirmedBy.length, 'observer')}, ${needed} wanted for the short limit`
      return `nothing answered for ${shown(silentMs)}, ${said(confirmedBy)} (${observers}${ranOut(limit)})`
    }
    case 'connection-refused':
    case 'address-gone': {
      const { votes, needed, limit } = why
      const counts = `${counted(votes.length, 'vote')}, ${needed} wanted`
      return `${grounds[why.type]}, ${said(votes)} (${counts}${ranOut(limit)})`
    }
    case 'told': {
      if (why.verdict === undefined) return `so ${why.by} told`
      const { by, ground } = why.verdict
      return `${grounds[ground]}, as ${by} found${by === why.by ? '' : `, and ${why.by} told`}`
    }
  }
}

const grounds: Readonly<Record<Ground, string>> = {
  'connection-refused': 'its links broke and its addresses refuse connections',
  'address-gone': 'its links broke and its addresses do not answer',
  silence: 'nothing answered',
}

function ranOut(limit: Limit | undefined): string {
  return limit === undefined ? '' : `; ${limit.option} ${limit.ms} ran out`
}

/** What this member itself has seen since the last time the other refuted something. */
function ownEvidence(evidence: readonly Evidence[]): string[] {
  const from = evidence.findLastIndex(({ type }) => type === 'refuted') + 1
  const seen: string[] = []
  const dials = new Map<string, string[]>()
  for (const each of evidence.slice(from)) {
    if (each.type === 'link-ended') {
      seen.push(each.code === undefined ? 'the link broke' : `the link was closed with ${each.code}`)
    } else if (each.type === 'dial') {
      const results = dials.get(each.address) ?? []
      dials.set(each.address, [...results, `${each.count} ${dialResults[each.result]}`])
    } else if (each.type === 'probe-unanswered') {
      const helpers = each.denied.length > 0 ? `, nor did ${list(each.denied)} get an answer` : ''
      seen.push(`${counted(each.count, 'probe')} unanswered${helpers}`)
    }
  }
  for (const [address, results] of dials) seen.push(`dials of ${address}: ${results.join(', ')}`)
  return seen
}

const dialResults: Readonly<Record<Extract<Evidence, { type: 'dial' }>['result'], string>> = {
  refused: 'refused',
  unreachable: 'without a route',
  timeout: 'given up without an answer',
  'key-refused': 'accepted, and our key refused',
  'not-secured': 'accepted by something that does not speak TLS as we do',
  'certificate-untrusted': 'accepted with a certificate of no authority that is trusted here',
  'certificate-expired': 'accepted with a certificate that is not valid now',
  'certificate-name': 'accepted with a certificate of another name',
  'certificate-refused': 'accepted, and our certificate refused',
  other: 'accepted and then reset',
  accepted: 'accepted',
  unanswered: 'not answered at once',
}

function doubtsAbout({ observer, since }: CoreCertificate): string[] {
  const { isolated, patience, stalledAt } = observer
  const doubts: string[] = []
  if (isolated) doubts.push('was isolated')
  else if (patience > 1) doubts.push(`was slow (patience ${patience})`)
  if (stalledAt !== undefined && since - stalledAt < RECENT_MS) doubts.push('had just stalled')
  return doubts
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function said(by: readonly string[]): string {
  return `${by.length > 1 ? 'say' : 'says'} ${list(by)}`
}

function list(names: readonly string[]): string {
  if (names.length === 0) return 'somebody'
  return names.length > 4
    ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more`
    : names.join(', ').replace(/, ([^,]*)$/, ' and $1')
}

function shown(ms: Millis): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`
  return ms < 120_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const each of Object.values(value)) frozen(each)
  return Object.freeze(value)
}
