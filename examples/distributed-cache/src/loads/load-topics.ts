// What pods say to each other about loads.
import { topic } from '@rollcall/membership'
import { fields, MalformedError, text, whole } from '../wire/checks.ts'

import type { Grant } from '../writes/write.ts'
import type { Ending, Verdict } from './load-keeper.ts'

/** A pod that wants to load a key; the token is its own. */
export interface Ask {
  readonly key: string
  readonly token: string
}

/** `date`: in ms since 1970, as the asker's clock says: what has ended by then it has not found. */
export type Question = Ask & { readonly date: number }

/** Answered when there is something to say, or when the same is asked again. */
export const askTopic = topic<Question, Verdict>('cache.load', {
  validate: (body) => {
    const { key, token, date } = fields(body)
    return { key: text(key), token: text(token), date: whole(date ?? 0) }
  },
  validateResponse: (body) => {
    const { type, message, grant } = fields(body)
    if (type === 'granted') return { type, grant: toGrant(grant) }
    if (type === 'written' || type === 'refused' || type === 'waiting') return { type }
    if (type === 'failed') return { type, message: text(message) }
    throw new MalformedError('a verdict is expected')
  },
})

export const endTopic = topic<Ask & { readonly ending: Ending }, null>('cache.loaded', {
  validate: (body) => {
    const { key, token, ending } = fields(body)
    return { key: text(key), token: text(token), ending: toEnding(ending) }
  },
  validateResponse: () => null,
})

function toGrant(body: unknown): Grant {
  const { version, basis } = fields(body)
  return { version: whole(version), basis: whole(basis) }
}

function toEnding(body: unknown): Ending {
  const { type, message } = fields(body)
  if (type === 'written' || type === 'released') return { type }
  if (type === 'failed') return { type, message: text(message) }
  throw new MalformedError('an ending is expected')
}
