// One entry on its way to another pod that must have it.
import { BackpressureError, type Member } from '@rollcall/membership'
import type { Entry } from '../store/entry.ts'
import type { ByteReader, ByteWriter } from '../wire/bytes.ts'
import { MalformedError } from '../wire/checks.ts'
import { readEntry, writeEntry } from '../wire/entry-fields.ts'
import { largeBytes, mayHaveRun, type Operation } from '../wire/operation.ts'

/** The basis of a write that does not depend on what is there. */
export const BLIND = Number.MAX_SAFE_INTEGER
/** The basis of an entry that an owner lacks, as it was found at another one: what it depended on nobody knows any more. */
export const REPAIR = BLIND - 1

/** What another pod says of a copy. */
export type CopyAnswer =
  /** It has it now. `hadValue`: there was something before. */
  | { readonly type: 'taken'; readonly hadValue: boolean }
  /** It has a newer one, or one that the writer did not know of. */
  | { readonly type: 'newer'; readonly entry: Entry }
  /** It neither owns nor serves the partition: it need not have it. */
  | { readonly type: 'needless' }
  /** It has another view of the cluster, or is itself about to decide about the key: to be tried again. */
  | { readonly type: 'refused' }
  /** The version is too far ahead of its clock. */
  | { readonly type: 'ahead' }

/** It has not answered. */
export interface Silence {
  readonly type: 'silent'
  /** False if the copy has not come to it. */
  readonly mayHaveTaken: boolean
}

const REFUSED: CopyAnswer = { type: 'refused' }
const TYPES = ['taken', 'newer', 'needless', 'refused', 'ahead'] as const
const TAKEN_OVER = TYPES.length

export function writeCopyAnswer(to: ByteWriter, answer: CopyAnswer): void {
  to.u8(answer.type === 'taken' && answer.hadValue ? TAKEN_OVER : TYPES.indexOf(answer.type))
  if (answer.type === 'newer') writeEntry(to, answer.entry)
}

/** @throws MalformedError */
export function readCopyAnswer(from: ByteReader, partition: number): CopyAnswer {
  const number = from.u8()
  if (number === TAKEN_OVER) return { type: 'taken', hadValue: true }
  const type = TYPES[number]
  if (type === undefined) throw new MalformedError('an answer to a copy is expected')
  if (type === 'taken') return { type, hadValue: false }
  return type === 'newer' ? { type, entry: readEntry(from, partition) } : { type }
}

/** An entry that others must have. It stays the same until all that it was sent to have answered, or will not. */
export interface Copied {
  readonly key: string
  readonly entry: Entry
  /** The version that the writer has read: it is refused where there is a newer one. */
  readonly basis: number
  readonly deadline: number
  /** Called once for each time it is sent to a pod. */
  copied(member: Member, answer: CopyAnswer | Silence): void
}

export class Copy implements Operation {
  readonly #copied: Copied

  constructor(copied: Copied) {
    this.#copied = copied
  }

  get deadline(): number {
    return this.#copied.deadline
  }

  get largeBytes(): number {
    return largeBytes(this.#copied.entry.kept.length)
  }

  write(to: ByteWriter): void {
    const { key, basis, entry } = this.#copied
    to.text(key)
    to.f64(basis)
    writeEntry(to, entry)
  }

  answered(from: ByteReader, member: Member): void {
    this.#copied.copied(member, readCopyAnswer(from, this.#copied.entry.partition))
  }

  failed(error: unknown, member: Member): void {
    // Where there is no room for it at the moment, on this side or on the other, it is sent again.
    const isFull = error instanceof BackpressureError
    this.#copied.copied(member, isFull ? REFUSED : { type: 'silent', mayHaveTaken: mayHaveRun(error) })
  }
}
