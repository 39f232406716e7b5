// What is kept under a key, and which of two is the newer. Immutable: a reader may be handed the very object.

import type { Found } from '../cache.ts'
import { copyBytes } from '../copy-bytes.ts'

const NOTHING = new Uint8Array(0)

/** A value, or a tombstone: that there is none since `version`. */
export class Entry implements Found {
  readonly partition: number
  readonly value: Uint8Array
  readonly version: number
  /** The pod that gave the version: decides between two that are equal. */
  readonly by: string
  readonly expiresAtMs: number | undefined
  readonly isDeleted: boolean
  readonly isStale = false
  /** Whether it took the place of one that would outlive it: a pod that was away may still have that. Rises only. */
  hidesOlder: boolean

  /** `value`: undefined for a tombstone; else kept as it is, so it must not be a part of something larger. */
  constructor(
    partition: number,
    value: Uint8Array | undefined,
    version: number,
    by: string,
    expiresAtMs: number | undefined,
    hidesOlder = false,
  ) {
    this.partition = partition
    this.value = value ?? NOTHING
    this.version = version
    this.by = by
    this.expiresAtMs = expiresAtMs
    this.isDeleted = value === undefined
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

/** A copy in memory of its own: a slice would keep the whole chunk it came in. */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  const own = Buffer.allocUnsafeSlow(bytes.length)
  copyBytes(bytes, own, 0)
  return own
}
