// What is kept under a key, and which of two is the newer. Immutable: a reader may be handed the very object.

import type { Held } from '../cache.ts'
import type { Kept } from './kept.ts'

/** A value, or a tombstone: that there is none since `version`. */
export class Entry implements Held {
  readonly partition: number
  readonly kept: Kept
  readonly version: number
  /** The pod that gave the version: decides between two that are equal. */
  readonly by: string
  readonly expiresAtMs: number | undefined
  readonly isDeleted: boolean
  readonly isStale = false
  /** Whether it took the place of one that would outlive it: a pod that was away may still have that. Rises only. */
  hidesOlder: boolean

  /** `kept`: undefined for a tombstone; bytes must not be a part of something larger. */
  constructor(
    partition: number,
    kept: Kept | undefined,
    version: number,
    by: string,
    expiresAtMs: number | undefined,
    hidesOlder = false,
  ) {
    this.partition = partition
    this.kept = kept ?? ''
    this.version = version
    this.by = by
    this.expiresAtMs = expiresAtMs
    this.isDeleted = kept === undefined
    this.hidesOlder = hidesOlder
  }

  /** Whether there is a value to be read, at a time in ms since 1970. */
  isLive(date: number): boolean {
    return !this.isDeleted && (this.expiresAtMs === undefined || this.expiresAtMs > date)
  }

  /** Takes note of an older one of the same key. */
  isAfter(older: Entry): void {
    this.hidesOlder ||= older.hidesOlder || endOf(older) > endOf(this)
  }
}

function endOf({ isDeleted, expiresAtMs = Number.POSITIVE_INFINITY }: Entry): number {
  return isDeleted ? 0 : expiresAtMs
}

export function isSame(a: Entry, b: Entry): boolean {
  return a.version === b.version && a.by === b.by
}

/** Last write wins. */
export function isNewer(a: Entry, b: Entry): boolean {
  return a.version > b.version || (a.version === b.version && a.by > b.by)
}
