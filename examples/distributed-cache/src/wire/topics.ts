// What pods say to each other. Bodies are bytes, see batches; the rest is checked here: it comes from another process,
// perhaps of another version.
import { streamTopic, topic } from '@rollcall/membership'
import { type Excerpt, toExcerpt } from '../invalidation/invalidations.ts'
import { fields, text, toBytes, whole } from './checks.ts'

const bytes = { validate: toBytes, validateResponse: toBytes }

/** Batches: all of one turn of the loop go to a pod together, and are answered together. */
export const readTopic = topic<Uint8Array, Uint8Array>('cache.read', bytes)
export const writeTopic = topic<Uint8Array, Uint8Array>('cache.write', bytes)
/** Numbers of writes that their callers have given up. */
export const giveUpTopic = topic<Uint8Array, Uint8Array>('cache.give-up', bytes)
export const copyTopic = topic<Uint8Array, Uint8Array>('cache.copy', bytes)

const uploads = { validate: () => null, validateResponse: toBytes }

/** The same for one that is large. */
export const largeReadTopic = streamTopic<Uint8Array>('cache.read-large', { validate: toBytes })
export const largeWriteTopic = topic<null, Uint8Array>('cache.write-large', uploads)
export const largeCopyTopic = topic<null, Uint8Array>('cache.copy-large', uploads)

/** By which placement a pod acts, and what it has, as sets of partitions. */
export interface Presence {
  readonly id: string
  /** Partitions of which it has everything. */
  readonly served: Uint8Array
  /** Others of which it has something. */
  readonly rest: Uint8Array
  /** What was removed of late, by prefix. */
  readonly invalidations: Excerpt
}

export interface Question extends Presence {
  /** How many of the invalidations of the one who is asked the asker knows of: it is told of the next ones. */
  readonly heard: number
}

/** Two pods tell each other; refused with PLACEMENTS_DIFFER where their ids do. */
export const presenceTopic = topic<Question, Presence>('cache.presence', {
  validate: (body) => ({ ...presence(body), heard: whole(fields(body).heard) }),
  validateResponse: presence,
})

/** Tells a pod that it was taken for dead, and has missed what was written meanwhile. */
export interface Missed {
  /** Rises from one such message of a pod to the next: the same one may come twice. 0: nothing was missed. */
  readonly number: number
  /** For how long. */
  readonly awayMs: number
  /** Whether the sender is in a majority for certain: then there is nothing elsewhere that it lacks. */
  readonly isSure: boolean
}

export const missedTopic = topic<Missed, null>('cache.missed', {
  validate: (body) => {
    const { number, awayMs, isSure } = fields(body)
    return { number: whole(number), awayMs: whole(awayMs), isSure: isSure === true }
  },
  validateResponse: () => null,
})

/** Asks for all entries of these partitions, where both place keys by this id. */
export interface Pull {
  readonly id: string
  /** A set. */
  readonly partitions: Uint8Array
  /** Refused then unless the receiver has everything; else it sends what there is. */
  readonly isWhole: boolean
}

export const pullTopic = streamTopic<Pull>('cache.pull', {
  validate: (body) => {
    const { id, partitions, isWhole } = fields(body)
    return { id: text(id), partitions: toBytes(partitions), isWhole: isWhole === true }
  },
})

/** Why a pod refuses. The asker asks another one, or again. */
export const refusalReasons = {
  /** One of the two has another view of the cluster. */
  placementsDiffer: 'PLACEMENTS_DIFFER',
  /** It does not have all of it yet. */
  notYet: 'NOT_YET',
} as const

function presence(body: unknown): Presence {
  const { id, served, rest, invalidations } = fields(body)
  return {
    ...{ id: text(id), served: toBytes(served), rest: toBytes(rest) },
    invalidations: toExcerpt(invalidations),
  }
}
