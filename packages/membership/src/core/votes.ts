// Counts the votes about a member whose links broke: how many it takes, and what follows from those that have come.
import type { Cause, Limit } from './certificate.ts'
import type { DeathCase } from './death-case.ts'
import { fewNames } from './evidence.ts'
import type { Millis } from './identity.ts'
import type { ProtocolOptions } from './options.ts'

/** Who can vote, as one observer sees it. */
export interface Electorate {
  readonly isVoter: (name: string) => boolean
  /** Others that could vote: present, and not the member itself. */
  readonly survivors: number
  /** Whether we have a live link, to any member. */
  readonly isLinked: boolean
  /** Our own link to the member still stands, and it has been asked over that. */
  readonly isAsked: boolean
}

export interface Verdict {
  readonly why: Cause
  /** Others may not know what it rests on. */
  readonly tell: boolean
}

/** The verdict that the votes amount to, if they do. Notes when enough of any kind had come. */
export function verdictOfVotes(
  open: DeathCase,
  electorate: Electorate,
  options: ProtocolOptions,
  lived: Millis,
): Verdict | undefined {
  const { survivors, isLinked, isAsked, isVoter } = electorate
  const votes = [...open.votes].filter(([name]) => isVoter(name))
  const refused = votes.filter(([, how]) => how === 'refused').map(([name]) => name)
  const needed = votesNeeded(survivors, options)
  // With two members there is only one observer: it must see a second refusal.
  const enough = survivors > 1 ? refused.length >= needed : open.refusals > 1
  if ((enough && !isAsked) || (open.refusals > 1 && isLinked)) {
    const limit = survivors > 1 && enough ? {} : { limit: limitOf(options, 'secondRefusalMs') }
    // Votes go to everybody, who count them for themselves; what we alone saw must be told.
    return { why: { type: 'connection-refused', votes: fewNames(refused), needed, ...limit }, tell: !enough }
  }
  if (survivors < 2 || votes.length < needed) return undefined
  // No answer may come late, and one that lives answers us before that, however many say that it is gone.
  open.enoughLived ??= lived
  if (lived < open.enoughLived + options.addressGoneMs) return undefined
  const limit = limitOf(options, 'addressGoneMs')
  const type = enough ? 'connection-refused' : 'address-gone'
  const names = enough ? refused : votes.map(([name]) => name)
  return { why: { type, votes: fewNames(names), needed, limit }, tell: false }
}

/** Why a member is suspect whose addresses refused us while too few others voted. */
export function suspicionOfOne(self: string, survivors: number, options: ProtocolOptions): Cause {
  const needed = votesNeeded(survivors, options)
  const limit = survivors === 1 ? {} : { limit: limitOf(options, 'voteWindowMs') }
  return { type: 'connection-refused', votes: [self], needed, ...limit }
}

function votesNeeded(survivors: number, options: ProtocolOptions): number {
  return Math.min(options.quorumOfObservers, survivors)
}

function limitOf(options: ProtocolOptions, option: Limit['option']): Limit {
  return { option, ms: options[option] }
}
