// What pods say to each other. Each topic checks what it receives: it comes from another process, perhaps of another
// version. A library such as zod does the same with less typing.
import { streamTopic, topic } from '@rollcall/membership'

/** A value as it is stored: `version` grows with each write of its key, `by` is the pod that wrote it. */
export interface Entry {
  readonly value: string
  readonly version: number
  readonly by: string
}

/**
 * What each pod tells all others, as its metadata: for which placement it has everything it owns, null while it lacks
 * something. A pod that has just started says nothing.
 */
export interface PodState {
  readonly holds: string | null
}

/** A request of a client, forwarded to an owner of the key: a read if `value` is null. */
export interface Question {
  readonly key: string
  readonly value: string | null
  /** Which placement says that the receiver owns the key. */
  readonly placementId: string
}

/** What became of it. `path`: the pods it went through. */
export interface Answer {
  readonly entry: Entry | null
  readonly path: readonly string[]
}

/** One write, for another owner of the key. */
export interface Copy {
  readonly key: string
  readonly entry: Entry
  /** The version that the writer has read: the write is refused where there is a newer one. 0 if it found none. */
  readonly previous: number
  readonly placementId: string
}

/** Asks for all entries of these partitions. */
export interface Pull {
  readonly partitions: readonly number[]
  readonly placementId: string
}

export const ask = topic<Question, Answer>('kv.ask', {
  validate: (body) => {
    const { key, value, placementId } = fields(body)
    return { key: text(key), value: value === null ? null : text(value), placementId: text(placementId) }
  },
  validateResponse: (body) => {
    const { entry, path } = fields(body)
    return { entry: entry === null ? null : parseEntry(entry), path: list(path).map(text) }
  },
})

/** Answered with what the receiver has then: this entry, or one that came in between. */
export const copy = topic<Copy, Entry>('kv.copy', {
  validate: (body) => {
    const { key, entry, previous, placementId } = fields(body)
    return {
      key: text(key),
      entry: parseEntry(entry),
      previous: number(previous),
      placementId: text(placementId),
    }
  },
  validateResponse: parseEntry,
})

/** Answered with lines of JSON, a key and its entry in each. */
export const pull = streamTopic<Pull>('kv.pull', {
  validate: (body) => {
    const { partitions, placementId } = fields(body)
    return { partitions: list(partitions).map(number), placementId: text(placementId) }
  },
})

/** Tells a pod that it was taken for dead, and has missed what was written meanwhile. */
export const missed = topic<undefined, void>('kv.missed')

/** Why a pod refuses a question. The asker asks another owner, or again. */
export const refusals = {
  notOwner: 'NOT_OWNER',
  /** It owns the key since a moment ago, and does not yet have all of its partition. */
  notYet: 'NOT_YET',
  placementsDiffer: 'PLACEMENTS_DIFFER',
} as const

export function parsePodState(metadata: unknown): PodState {
  const { holds } = fields(metadata)
  return { holds: holds === null ? null : text(holds) }
}

/** A line of the answer to a pull. */
export function parseLine(line: string): [key: string, entry: Entry] {
  const [key, entry] = list(JSON.parse(line))
  return [text(key), parseEntry(entry)]
}

function parseEntry(body: unknown): Entry {
  const { value, version, by } = fields(body)
  return { value: text(value), version: number(version), by: text(by) }
}

function fields(body: unknown): Record<string, unknown> {
  if (typeof body === 'object' && body !== null) return body as Record<string, unknown>
  throw new TypeError('an object is expected')
}

function text(value: unknown): string {
  if (typeof value === 'string') return value
  throw new TypeError('a text is expected')
}

function number(value: unknown): number {
  if (Number.isSafeInteger(value)) return value as number
  throw new TypeError('a whole number is expected')
}

function list(value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  throw new TypeError('an array is expected')
}
