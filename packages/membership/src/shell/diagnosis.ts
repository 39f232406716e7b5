// The answer to "why am I alone": plain data, and the same in a sentence or two.
import type { Unreached } from '../core/exceptions.ts'
import type { MemberState } from '../core/fact.ts'
import type { Address } from '../core/identity.ts'
import type { Quorum } from '../core/quorum.ts'
import type { UnreachedAddress } from '../core/unreached-address.ts'
import type { View } from '../member.ts'
import { describeSecurity, type SecurityState } from '../security/security-state.ts'
import type { Seed, SeedSnapshot } from '../seed-source.ts'
import { formatAddress } from './address.ts'

/** How this member stands, as plain data. */
export interface Diagnosis {
  /** Nobody is heard although others are known or listed. */
  readonly isolated: boolean
  /** As `cluster.quorum`. */
  readonly quorum: Quorum
  /** How many members there are in each state, self included. */
  readonly members: Readonly<Record<MemberState, number>>
  /** Where this member can be dialed, as it tells the others. */
  readonly ownAddresses: readonly Address[]
  /** The seed source's last snapshot; undefined before the first. */
  readonly seeds: SeedSnapshot | undefined
  /** Addresses that the seed source (`by`: what it is, such as `DNS`) lists, own ones not counted, and those reached. */
  readonly listed: { readonly by: string; readonly addresses: number; readonly reached: number }
  /** Listed or known addresses that no link goes to, and what happened there last. */
  readonly unreached: readonly UnreachedAddress[]
  /** Which members, this one included, have had no answer from which others for 5 s, although those live. */
  readonly exceptions: readonly Unreached[]
  /** Seeds that are not loopback and therefore not dialed, because `security` is not given. */
  readonly notDialed: readonly Address[]
  /** How links are secured, and by which keys; no secrets. */
  readonly security: SecurityState
  /** Bytes written to and read from the sockets of all links since the start. */
  readonly bytesSent: number
  readonly bytesReceived: number
  /** Totals since the start, by name. */
  readonly counters: Readonly<Record<string, number>>
  /** The essence in words. */
  readonly text: string
}

const MAX_NAMED = 3

/** Puts the words to a diagnosis. */
export function describe(
  facts: Omit<Diagnosis, 'text'>,
  view: View,
  clusterId: string,
  closed?: 'left' | 'superseded',
): string {
  if (closed === 'left') return 'Closed: this member has left.'
  if (closed === 'superseded') return 'Closed: a newer process has the name of this member.'
  const { alive, suspect, failed } = facts.members
  const others = view.members.filter((member) => !member.isSelf && member.state === 'alive').length
  const isForeign = facts.unreached.some(({ why }) => why === 'wrong-cluster')
  const sentences = [
    facts.isolated
      ? `Isolated: nobody ${isForeign ? `of this cluster (${clusterId}) ` : ''}answers, although others are known or listed.`
      : others === 0
        ? 'Alone: no other member is alive here.'
        : `${alive} members are alive, this one included.`,
  ]
  if (suspect > 0) sentences.push(suspect === 1 ? '1 is suspect.' : `${suspect} are suspect.`)
  if (failed > 0) sentences.push(failed === 1 ? '1 has failed.' : `${failed} have failed.`)
  for (const { by, members } of facts.exceptions.slice(0, MAX_NAMED)) {
    sentences.push(`${by} cannot reach ${few(members)}.`)
  }
  sentences.push(...describeQuorum(facts.quorum), ...describeSeeds(facts), ...describeListed(facts.listed))
  if (facts.notDialed.length > 0) {
    sentences.push(`Not dialed, since the security option is not given: ${few(facts.notDialed)}.`)
  }
  sentences.push(...describeSecurity(facts.security))
  for (const [why, addresses] of byReason(facts.unreached)) {
    sentences.push(`${reasonOf(why, clusterId, facts.security)}: ${few(addresses)}.`)
  }
  return sentences.join(' ')
}

function describeQuorum({ state, basis, expected, present }: Quorum): string[] {
  if (state !== 'minority') return []
  return [`In a minority: ${present} of ${expected} members expected (${basis}) can be counted on.`]
}

/** Not a word where all that is listed is reached. */
function describeListed({ by, addresses, reached }: Diagnosis['listed']): string[] {
  if (addresses === reached) return []
  return [
    `${by} lists ${addresses === 1 ? '1 other address' : `${addresses} other addresses`}, ${reached} reached.`,
  ]
}

function describeSeeds({ seeds, ownAddresses, listed }: Omit<Diagnosis, 'text'>): string[] {
  if (seeds === undefined) return ['The source of seeds has not answered yet.']
  if (seeds.problem !== undefined) return [seeds.problem.message]
  if (seeds.seeds.length === 0) return ['The source of seeds lists no address.']
  const isOwn = ({ address, port }: Seed) =>
    ownAddresses.some((own) =>
      port === undefined ? hostOf(own) === address : own === formatAddress(address, port),
    )
  const others = seeds.seeds.filter((seed) => !isOwn(seed))
  if (others.length === 0) return ['The source of seeds lists only this member itself.']
  // Where all others that are listed count as own, each has led back to us.
  if (listed.addresses > 0) return []
  const back = few(others.map(({ address }) => address))
  return [
    `${back}, listed by ${listed.by}, led back to this member and is no address of its own: the Service is not headless, or the option advertise leaves it out.`,
  ]
}

const reasons: Readonly<Record<UnreachedAddress['why'], string>> = {
  refused: 'Nothing listens at',
  unreachable: 'No route to',
  timeout: 'No answer from',
  'key-refused': 'Refuses our key',
  'not-secured': 'Does not speak TLS as this member does (by shared keys, or by certificates)',
  'certificate-untrusted': 'Shows a certificate of no authority that is trusted here',
  'certificate-expired': 'Shows a certificate that has expired, or is not valid yet',
  'certificate-name': 'Shows a certificate of a name that peerName does not allow',
  'certificate-refused': 'Does not accept the certificate of this member',
  other: 'Accepts connections but is no member',
  pending: 'Being dialed',
  silent: 'Connects but never says hello',
  'wrong-cluster': 'Belongs to another cluster',
  'wrong-version': 'Speaks another protocol version',
  nonsense: 'Speaks nonsense',
  closed: 'Answered, and closed the link',
  full: 'Has no room for another member here or there (limits.members)',
  unverified: 'Does not prove who it is, by a token or the name in its certificate',
  'identity-refused': 'Does not accept this member as who it is, by its token or the name in its certificate',
}

/** A port with TLS closes a plain connection without a word, as a program does that is none of ours. */
const OR_TLS = ', or speaks TLS, which this member does not (option security)'

function reasonOf(why: UnreachedAddress['why'], clusterId: string, { type }: SecurityState): string {
  if (why === 'wrong-cluster') return `${reasons[why]} than ${clusterId}`
  return why === 'other' && type === 'none' ? reasons[why] + OR_TLS : reasons[why]
}

function byReason(unreached: readonly UnreachedAddress[]): Map<UnreachedAddress['why'], string[]> {
  const groups = new Map<UnreachedAddress['why'], string[]>()
  for (const { address, name, why } of unreached) {
    const shown = name === undefined ? address : `${address} (${name})`
    const group = groups.get(why)
    if (group === undefined) groups.set(why, [shown])
    else group.push(shown)
  }
  return groups
}

function few(items: readonly string[]): string {
  if (items.length <= MAX_NAMED) return items.join(', ')
  return `${items.slice(0, MAX_NAMED).join(', ')} and ${items.length - MAX_NAMED} more`
}

/** The host of a canonical address, without brackets. */
function hostOf(address: Address): string {
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '')
}
