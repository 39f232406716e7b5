// How a member is secured, for people who look: plain data without secrets, and what is wrong in words.
import type { MemberSecurity } from './member-security.ts'

/** How many links were made with a key. */
export interface KeyUse {
  readonly id: string
  readonly links: number
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
    }

/** Open links by the id of what they were made with. */
export interface LinksByCredential {
  readonly accepted: ReadonlyMap<string, number>
  readonly outdated: ReadonlyMap<string, number>
}

export function securityState({ keys }: MemberSecurity, links: LinksByCredential): SecurityState {
  if (keys === undefined) return { type: 'none' }
  const { ids, path, problem } = keys
  return {
    type: 'keys',
    ...(path === undefined ? {} : { file: path }),
    dials: ids[0] as string,
    accepted: ids.map((id) => ({ id, links: links.accepted.get(id) ?? 0 })),
    removed: [...links.outdated].map(([id, count]) => ({ id, links: count })),
    ...(problem === undefined ? {} : { problem }),
  }
}

/** What should be looked at; not a word where all is well. */
export function describeSecurity(state: SecurityState): string[] {
  if (state.type === 'none') return []
  const sentences = state.problem === undefined ? [] : [`The keys stay as they were: ${state.problem}.`]
  for (const { id, links } of state.removed) {
    sentences.push(`${links === 1 ? '1 link' : `${links} links`} by the removed key ${id} will be replaced.`)
  }
  return sentences
}
