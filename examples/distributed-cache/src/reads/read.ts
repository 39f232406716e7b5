// One read on its way: from one owner to the next, until one has the key, or all that answer have not. An owner that is late
// is not waited for: the next one is asked beside it, and whoever answers first will do.
import type { Member } from '@rollcall/membership'
import type { Held } from '../cache.ts'
import { CacheError } from '../errors.ts'
import type { Entry } from '../store/entry.ts'
import type { ByteReader, ByteWriter } from '../wire/bytes.ts'
import type { Operation } from '../wire/operation.ts'
import { Fetch } from './fetch.ts'
import { type ReadAnswer, readReadAnswer } from './read-wire.ts'

/** What a read needs of the cache around it. */
export interface ReadHost {
  readonly now: () => number
  readonly date: () => number
  /** Sends it to a pod. */
  post(member: Member, operation: Operation): void
  /** Begins it anew after a short while, by what is known then. */
  again(read: Read): void
  /** A pod did not answer. */
  silent(member: Member, error: unknown): void
  /** A pod has not answered yet. */
  late(member: Member): void
  /** Whether another one may be asked beside it. */
  mayAskBeside(): boolean
  /** An owner lets this pod keep a copy for a while. */
  lease(key: string, entry: Entry, leaseMs: number, askedAt: number): void
  /** It has ended, with this. */
  count(found: Held | undefined): void
  /** An owner lacks what another has. */
  repair(member: Member | undefined, key: string, entry: Entry): void
}

const NOBODY: readonly (Member | undefined)[] = []

export class Read implements Operation {
  readonly key: string
  readonly partition: number
  readonly deadline: number
  readonly largeBytes = 0
  readonly promise: Promise<Held | undefined>
  readonly #host: ReadHost
  #resolve!: (found: Held | undefined) => void
  #reject!: (error: Error) => void
  #sources: readonly Member[] = []
  #next = 0
  /** How many have been asked and have not answered; all but one of them are late. */
  #open = 0
  /** One of them is sending a large value. */
  #isFetching = false
  #isDone = false
  /** When the first one was asked. */
  #askedAt = 0
  /** Who has all of the partition, and not this key; `undefined` is this pod. Mostly nobody. */
  #lacking = NOBODY

  constructor(host: ReadHost, key: string, partition: number, deadline: number) {
    this.#host = host
    this.key = key
    this.partition = partition
    this.deadline = deadline
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** Asks these, one after the other. `isLackingHere`: this pod has all of the partition, and not this key. */
  begin(sources: readonly Member[], isLackingHere: boolean) {
    this.#sources = sources
    this.#next = 0
    this.#askedAt = this.#host.now()
    this.#lacking = isLackingHere ? [undefined] : NOBODY
    this.#proceed()
  }

  write(to: ByteWriter) {
    to.text(this.key)
  }

  answered(from: ByteReader, member: Member) {
    const answer = readReadAnswer(from, this.partition)
    this.#open--
    if (this.#isDone) return
    if (answer.type === 'again') return this.#post(member, this)
    if (answer.type === 'large') return this.#fetch(member, answer.bytes)
    if (answer.type === 'known') return this.#found(answer)
    if (answer.type === 'missing') this.#lacking = [...this.#lacking, member]
    this.#proceed()
  }

  failed(error: unknown, member: Member) {
    this.#host.silent(member, error)
    this.#open--
    if (!this.#isDone) this.#proceed()
  }

  late(member: Member) {
    this.#host.late(member)
    if (this.#isDone) return
    const isMore = this.#next < this.#sources.length
    if (isMore ? this.#host.mayAskBeside() : this.#lacking.length > 0) this.#proceed()
  }

  /** Fails it. */
  reject(error: Error) {
    this.#isDone = true
    this.#reject(error)
  }

  resolve(found: Held | undefined) {
    this.#isDone = true
    this.#host.count(found)
    this.#resolve(found)
  }

  #proceed() {
    if (this.#isFetching) return
    const isInTime = this.#host.now() < this.deadline
    const member = this.#sources[this.#next]
    if (member !== undefined && isInTime) {
      this.#next++
      return this.#post(member, this)
    }
    if (this.#lacking.length > 0) return this.resolve(undefined)
    if (this.#open > 0) return
    if (isInTime) return this.#host.again(this)
    this.reject(new CacheError('ERR_CACHE_UNAVAILABLE', 'no owner of the key has answered in time'))
  }

  #post(member: Member, operation: Operation) {
    this.#open++
    this.#host.post(member, operation)
  }

  /** From one owner at a time. */
  #fetch(member: Member, bytes: number) {
    if (this.#isFetching) return
    this.#isFetching = true
    const ended = () => {
      this.#isFetching = false
    }
    this.#post(member, new Fetch(this, bytes, ended))
  }

  #found({ entry, isStale, leaseMs }: Extract<ReadAnswer, { type: 'known' }>) {
    if (!isStale) for (const member of this.#lacking) this.#host.repair(member, this.key, entry)
    if (leaseMs > 0) this.#host.lease(this.key, entry, leaseMs, this.#askedAt)
    if (!entry.isLive(this.#host.date())) return this.resolve(undefined)
    this.resolve(isStale ? stale(entry) : entry)
  }
}

/** Another write may be acknowledged elsewhere. */
export function stale({ kept, expiresAtMs, version }: Held): Held {
  return { kept, expiresAtMs, version, isStale: true }
}
