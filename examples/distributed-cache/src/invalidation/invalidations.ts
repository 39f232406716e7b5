// Prefixes whose entries were removed of late, and up to which version: what comes late, from a pod that was away or in
// a handover that was under way, does not bring them back.

import { fields, MalformedError, text, whole } from '../wire/checks.ts'

export interface Invalidation {
  readonly prefix: string
  /** Entries below that are removed. */
  readonly version: number
}

const MAX_KEPT = 128

/** From what was received. @throws MalformedError */
export function toInvalidations(body: unknown): Invalidation[] {
  if (!Array.isArray(body) || body.length > MAX_KEPT) throw new MalformedError('invalidations are expected')
  return body.map((one) => {
    const { prefix, version } = fields(one)
    return { prefix: text(prefix), version: whole(version) }
  })
}

export class Invalidations {
  #kept: Invalidation[] = []
  /** The highest version: most entries are above it, and need no further look. */
  #highest = 0

  get all(): readonly Invalidation[] {
    return this.#kept
  }

  /** Returns whether it says anything new. */
  add(invalidation: Invalidation): boolean {
    const { prefix, version } = invalidation
    if (this.covers(prefix, version - 1)) return false
    this.#kept = this.#kept.filter((one) => !(one.prefix.startsWith(prefix) && one.version <= version))
    this.#kept.push(invalidation)
    this.#highest = Math.max(this.#highest, version)
    // Two of them together remove too much rather than too little: it is a cache.
    while (this.#kept.length > MAX_KEPT) {
      const [a, b] = this.#kept.splice(0, 2) as [Invalidation, Invalidation]
      this.#kept.unshift({
        prefix: commonPrefix(a.prefix, b.prefix),
        version: Math.max(a.version, b.version),
      })
    }
    return true
  }

  /** Whether an entry was removed. */
  covers(key: string, version: number): boolean {
    if (version >= this.#highest) return false
    return this.#kept.some((one) => version < one.version && key.startsWith(one.prefix))
  }

  /** Forgets those below a version: entries so old are about no more. */
  forget(version: number): void {
    this.#kept = this.#kept.filter((one) => one.version >= version)
  }
}

function commonPrefix(a: string, b: string): string {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  return a.slice(0, length)
}
