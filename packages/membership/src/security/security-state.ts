// How a member is secured, for people who look: plain data without secrets, and what is wrong in words.
import { isoTime } from './iso-time.ts'
import type { MemberCertificates } from './member-certificates.ts'
import type { MemberSecurity } from './member-security.ts'
import type { SharedKeys } from './shared-keys.ts'
import type { TokenGate } from './token-gate.ts'

/** How many links were made with a key. */
export interface KeyUse {
  /** The id of the key. */
  readonly id: string
  /** How many links were opened with it. */
  readonly links: number
}

/** The tokens that members show each other. */
export interface TokenState {
  /** Whether others have to prove themselves by theirs, or only show them so far. */
  readonly verifies: boolean
  /** Why the token of this member could not be read for a link; absent when the last one could. */
  readonly problem?: string
}

/** How links are secured, and with what. */
export type SecurityState =
  /** Not: `none` was asked for, or all is loopback. */
  | { readonly type: 'none' }
  | {
      readonly type: 'keys'
      /** The key file that is followed; absent where the keys were given by the program. */
      readonly file?: string
      /** The id of the key that this member dials with. */
      readonly dials: string
      /** All keys that it accepts, in their order. */
      readonly accepted: readonly KeyUse[]
      /** Keys that it accepts no more, of which links are left: each is being replaced. */
      readonly removed: readonly KeyUse[]
      /** Why the key file cannot be used as it is now; the keys are those it had before. */
      readonly problem?: string
      readonly token?: TokenState
    }
  | {
      readonly type: 'certificates'
      /** The files that are followed. */
      readonly files: readonly string[]
      /** DNS names and URIs in the certificate of this member. */
      readonly names: readonly string[]
      /** From when it counts, in ms since 1970; undefined where this member has none to show. */
      readonly validFrom: number | undefined
      /** When it ends, likewise. */
      readonly validUntil: number | undefined
      /** It has ended. */
      readonly isExpired: boolean
      /** It is not valid yet. */
      readonly isEarly: boolean
      /** The names that members have. */
      readonly peerNames: readonly string[]
      /** Why members with the same options refuse the certificate of this one, in sentences; empty where they take it. */
      readonly objections: readonly string[]
      /** Links of peers whose authority is trusted. */
      readonly links: number
      /** Links of peers whose authority is trusted no more: each is being replaced. */
      readonly outdated: number
      /** Why the files cannot be used as they are now; what counts is what they had before. */
      readonly problem?: string
      readonly token?: TokenState
    }

/** Open links by the id of what they were made with. */
export interface LinksByCredential {
  readonly accepted: ReadonlyMap<string, number>
  readonly outdated: ReadonlyMap<string, number>
}

/** As it is at a time, in ms since 1970. */
export function securityState(
  { keys, certificates }: MemberSecurity,
  gate: TokenGate | undefined,
  links: LinksByCredential,
  nowMs: number,
): SecurityState {
  const token = gate === undefined ? {} : { token: tokenState(gate) }
  if (keys !== undefined) return { ...keysState(keys, links), ...token }
  if (certificates !== undefined) return { ...certificatesState(certificates, links, nowMs), ...token }
  return { type: 'none' }
}

function tokenState({ verifies, problem }: TokenGate): TokenState {
  return { verifies, ...(problem === undefined ? {} : { problem }) }
}

function keysState({ ids, path, problem }: SharedKeys, links: LinksByCredential): SecurityState {
  return {
    type: 'keys',
    ...(path === undefined ? {} : { file: path }),
    dials: ids[0] as string,
    accepted: ids.map((id) => ({ id, links: links.accepted.get(id) ?? 0 })),
    removed: [...links.outdated].map(([id, count]) => ({ id, links: count })),
    ...(problem === undefined ? {} : { problem }),
  }
}

function certificatesState(
  { paths, names, validFrom, validUntil, peerNames, objections, problem }: MemberCertificates,
  links: LinksByCredential,
  nowMs: number,
): SecurityState {
  return {
    type: 'certificates',
    files: paths,
    names,
    validFrom,
    validUntil,
    isEarly: validFrom !== undefined && validFrom > nowMs,
    isExpired: validUntil !== undefined && validUntil <= nowMs,
    peerNames: peerNames.patterns,
    objections,
    links: sum(links.accepted),
    outdated: sum(links.outdated),
    ...(problem === undefined ? {} : { problem }),
  }
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0)
}

/** What should be looked at; not a word where all is well. */
export function describeSecurity(state: SecurityState): string[] {
  if (state.type === 'none') return []
  const sentences: string[] = []
  const { problem, token } = state
  if (problem !== undefined) sentences.push(`The ${state.type} stay as they were: ${problem}.`)
  if (token?.problem !== undefined) {
    sentences.push(`The token of this member could not be read: ${token.problem}.`)
  }
  if (state.type === 'certificates') return [...sentences, ...describeCertificates(state)]
  for (const { id, links } of state.removed) {
    sentences.push(`${counted(links)} by the removed key ${id} will be replaced.`)
  }
  return sentences
}

function describeCertificates(state: Extract<SecurityState, { readonly type: 'certificates' }>): string[] {
  const { isExpired, isEarly, validFrom, validUntil, objections, outdated } = state
  const sentences: string[] = []
  if (isExpired && validUntil !== undefined) {
    const since = isoTime(validUntil)
    sentences.push(`The certificate of this member has expired (${since}): no new link comes about.`)
  }
  if (isEarly && validFrom !== undefined) {
    sentences.push(
      `The certificate of this member is not valid before ${isoTime(validFrom)}: no new link until then.`,
    )
  }
  sentences.push(...objections)
  if (outdated > 0) {
    sentences.push(`${counted(outdated)} by an authority that is trusted no more will be replaced.`)
  }
  return sentences
}

function counted(links: number): string {
  return links === 1 ? '1 link' : `${links} links`
}
