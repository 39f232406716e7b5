// Writes keys: decides here where this pod has all of the partition, else has an owner decide, one hop away.
import type { Member } from '@rollcall/membership'
import { type Call, Callers, type Calls } from '../callers.ts'
import { type CacheError, closed } from '../errors.ts'
import type { Standing } from '../placement/standing.ts'
import type { Time } from '../time.ts'
import type { ByteReader, ByteWriter } from '../wire/bytes.ts'
import type { Lane } from '../wire/lane.ts'
import { largeBytes, mayHaveRun, type Operation } from '../wire/operation.ts'
import type { Coordinator } from './coordinator.ts'
import {
  type Done,
  errorOf,
  isConditional,
  mayRepeat,
  type Outcome,
  openEnd,
  refused,
  type Write,
} from './write.ts'
import { readOutcome, writeWrite } from './write-wire.ts'

const RETRY_MS = 10

export interface WriterParts {
  readonly time: Time
  readonly standing: Standing
  readonly coordinator: Coordinator
  readonly lane: Lane
  /** For those that may wait long for an owner: the others need not wait for these. */
  readonly slowLane: Lane
  /** For telling others what was given up. */
  readonly giveUpLane: Lane
  /** A write has ended: whether it was done or not, what this pod has kept of the key is old. */
  readonly wrote: (write: Write) => void
}

interface Startable {
  start(): void
}

export class Writer {
  readonly #parts: WriterParts
  readonly #callers = new Callers()
  #number = 0
  /** Those of this turn that start again after a pause. */
  #waiting: Startable[] = []
  forwarded = 0

  constructor(parts: WriterParts) {
    this.#parts = parts
  }

  /** For the next write. */
  nextNumber(): number {
    this.#number = (this.#number + 1) >>> 0
    return this.#number
  }

  /** Starts it again after a pause: one for all of a turn, for after a standstill all writes wait. */
  later(writing: Startable) {
    const { time } = this.#parts
    this.#waiting.push(writing)
    if (this.#waiting.length > 1) return
    time.defer(() => {
      const all = this.#waiting
      this.#waiting = []
      const startAll = () => {
        for (const one of all) one.start()
      }
      // Timers come before what is read in a turn: starts after that.
      void time.sleep(RETRY_MS).then(() => time.defer(startAll))
    })
  }

  /** Rejects with CacheError, or with the reason of a signal that gives it up and is not aborted yet. */
  write<T>(write: Write, toResult: (done: Done) => T, signal?: AbortSignal): Promise<T> {
    const calls = signal && this.#callers.of(signal)
    const writing = new Writing(this.#parts, this, write, toResult, calls)
    calls?.add(writing)
    writing.start()
    return writing.promise
  }
}

/** Tells the pod that decides about a write that its caller has given up. */
class GivingUp implements Operation {
  readonly deadline: number
  readonly largeBytes = 0
  readonly #number: number

  constructor({ number, deadline }: Write) {
    this.#number = number
    this.deadline = deadline
  }

  write(to: ByteWriter) {
    to.u32(this.#number)
  }

  answered() {}

  /** Then the write ends at its deadline. */
  failed() {}
}

/** One write on its way, from one pod that may decide about it to the next. */
class Writing<T> implements Operation, Call {
  readonly deadline: number
  readonly #parts: WriterParts
  readonly #write: Write
  readonly #toResult: (done: Done) => T
  readonly #writer: Writer
  readonly promise: Promise<T>
  #resolve!: (result: T) => void
  #reject!: (error: unknown) => void
  place = 0
  /** Those of the same caller. */
  readonly #calls: Calls | undefined
  /** Who decides at present, if it is another pod. */
  #asked: Member | undefined
  #lane: Lane | undefined
  /** How many of those that could be asked have refused. */
  #next = 0
  #hasWaited = false
  /** One of those asked may have done it. */
  #mayHaveRun = false

  constructor(
    parts: WriterParts,
    writer: Writer,
    write: Write,
    toResult: (done: Done) => T,
    calls: Calls | undefined,
  ) {
    this.#parts = parts
    this.#write = write
    this.deadline = write.deadline
    this.#toResult = toResult
    this.#writer = writer
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#calls = calls
  }

  start() {
    const { coordinator, lane, slowLane, standing, time } = this.#parts
    const { isGivenUp, partition } = this.#write
    if (standing.isClosed) return this.#fail(closed())
    if (isGivenUp) return this.#end(refused('ERR_CACHE_UNAVAILABLE'))
    const now = time.now()
    standing.trust.look(now)
    if (standing.rollCall.isDoubtful) return this.#later()
    // It may have waited while this pod stood still, and the end of its connection with it: that is seen in the next turn.
    if (standing.trust.isWaking(now) && !this.#hasWaited) return this.#later()
    if (standing.trust.isMinority) return this.#end(refused('ERR_CACHE_MINORITY'))
    const { sources, isSlow } = standing.routes.of(partition)
    if (standing.canWrite(partition) && !this.#goesElsewhere(sources)) {
      return coordinator.decide(this.#write, this.#concluded)
    }
    const member = sources[this.#next]
    if (member === undefined) return this.#later()
    this.#writer.forwarded++
    this.#asked = member
    this.#lane = isSlow ? slowLane : lane
    this.#lane.post(member, this)
  }

  get largeBytes(): number {
    return largeBytes(this.#write.value?.length ?? 0)
  }

  giveUp(reason: unknown) {
    this.#write.isGivenUp = true
    this.#reject(reason)
    if (this.#asked === undefined) return
    if (this.largeBytes > 0) this.#lane?.cancel(this.#asked, this)
    else this.#parts.giveUpLane.post(this.#asked, new GivingUp(this.#write))
  }

  write(to: ByteWriter) {
    writeWrite(to, this.#write, this.#parts.time.now())
  }

  answered(from: ByteReader) {
    this.#concluded(readOutcome(from))
  }

  failed(error: unknown) {
    // A write that depends on nothing may be done twice; others only if it was not done for certain.
    this.#concluded(refused('NOT_HERE', mayHaveRun(error)))
  }

  /** Those that depend on what is there go to the first owner, so that two seldom decide at the same time. */
  #goesElsewhere(sources: readonly Member[]): boolean {
    if (this.#next > 0 || !isConditional(this.#write)) return false
    const first = this.#parts.standing.ownership.ownersOf(this.#write.partition)[0]?.member
    return first !== undefined && !first.isSelf && first === sources[0]
  }

  readonly #concluded = (outcome: Outcome) => {
    this.#asked = undefined
    if (outcome.type === 'done' || outcome.code !== 'NOT_HERE') return this.#end(outcome)
    if (outcome.mayHaveRun) this.#mayHaveRun = true
    if (outcome.mayHaveRun && !mayRepeat(this.#write))
      return this.#end(refused('ERR_CACHE_UNAVAILABLE', true))
    this.#next++
    this.start()
  }

  #later() {
    const { time } = this.#parts
    if (time.now() + RETRY_MS >= this.deadline) {
      return this.#end(refused('ERR_CACHE_UNAVAILABLE', !isConditional(this.#write)))
    }
    this.#next = 0
    this.#hasWaited = true
    this.#writer.later(this)
  }

  #end(outcome: Outcome) {
    if (outcome.type === 'refused') return this.#fail(errorOf(this.#mayHaveRun ? openEnd(outcome) : outcome))
    this.#finish()
    this.#resolve(this.#toResult(outcome))
  }

  #fail(error: CacheError) {
    this.#finish()
    this.#reject(error)
  }

  #finish() {
    this.#parts.wrote(this.#write)
    this.#calls?.delete(this)
  }
}
