// What this pod really has of each partition. Pure: told of changes, it says what may be served and what is missing.
import { partitionCount } from '@rollcall/ring'
import { PartitionSet } from './partition-set.ts'

/** Not ours. What is in the store of it may be old. */
const NONE = 0
/** Ours, and others may have what this pod has not. */
const MISSING = 1
/** Ours no longer, but served until the new owners have it: every write still comes here too. */
const FORMER = 2
/** Ours, with all that was ever acknowledged. */
const HELD = 3

export class Holdings {
  readonly #states = new Uint8Array(partitionCount)
  /** The count when a partition was found missing: a pull that began before is not enough. */
  readonly #since = new Uint32Array(partitionCount)
  #count = 0
  #missing = 0

  get missingCount(): number {
    return this.#missing
  }

  /** Takes in another placement. */
  follow(isOurs: (partition: number) => boolean): void {
    this.#count++
    for (let partition = 0; partition < partitionCount; partition++) {
      const isServed = this.serves(partition)
      if (isOurs(partition)) this.#set(partition, isServed ? HELD : MISSING)
      else this.#set(partition, isServed ? FORMER : NONE)
    }
  }

  /** What is here may not be all: nothing is served before the others have been asked. */
  distrust(): void {
    this.#count++
    for (let partition = 0; partition < partitionCount; partition++) {
      if (this.#states[partition] === FORMER) this.#set(partition, NONE)
      if (this.#states[partition] === HELD) this.#set(partition, MISSING)
      else if (this.#states[partition] === MISSING) this.#since[partition] = this.#count
    }
  }

  /** The new owners have everything: serves what is ours, and nothing else. */
  release(): void {
    for (let partition = 0; partition < partitionCount; partition++) {
      if (this.#states[partition] === FORMER) this.#set(partition, NONE)
    }
  }

  /** Whether this pod has all of it that was ever acknowledged. */
  serves(partition: number): boolean {
    return (this.#states[partition] as number) >= FORMER
  }

  isMissing(partition: number): boolean {
    return this.#states[partition] === MISSING
  }

  /** Changes when a partition is found missing anew. */
  missingSince(partition: number): number {
    return this.#since[partition] as number
  }

  /** All of it has come, as far as it was missing since then. */
  gain(partition: number, since: number): void {
    if (this.isMissing(partition) && this.#since[partition] === since) this.#set(partition, HELD)
  }

  missing(): PartitionSet {
    const set = new PartitionSet()
    for (let partition = 0; partition < partitionCount; partition++) {
      if (this.isMissing(partition)) set.add(partition)
    }
    return set
  }

  #set(partition: number, state: number): void {
    const before = this.#states[partition]
    if (before === state) return
    this.#states[partition] = state
    if (before === MISSING) this.#missing--
    if (state !== MISSING) return
    this.#missing++
    this.#since[partition] = this.#count
  }
}
