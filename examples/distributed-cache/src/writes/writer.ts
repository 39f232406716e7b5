// Writes keys: decides here where this pod has all of the partition, else has an owner decide, one hop away.
import { type Member, RollcallError } from '@rollcall/membership'
import { type CacheError, closed } from '../errors.ts'
import type { Standing } from '../placement/standing.ts'
import type { Time } from '../time.ts'
import type { ByteReader, ByteWriter } from '../wire/bytes.ts'
import type { Lane, Operation } from '../wire/lane.ts'
import type { Coordinator } from './coordinator.ts'
import { type Done, errorOf, isConditional, mayRepeat, type Outcome, refused, type Write } from './write.ts'
import { readOutcome, writeWrite } from './write-wire.ts'

const RETRY_MS = 10

export interface WriterParts {
  readonly time: Time
  readonly standing: Standing
  readonly coordinator: Coordinator
  readonly lane: Lane
  /** For those that may wait long for an owner: the others need not wait for these. */
  readonly slowLane: Lane
  /** A write has ended: whether it was done or not, what this pod has kept of the key is old. */
  readonly wrote: (write: Write) => void
}

export class Writer {
  readonly #parts: WriterParts
  forwarded = 0

  constructor(parts: WriterParts) {
    this.#parts = parts
  }

  /** Rejects with CacheError. */
  write(write: Write): Promise<Done> {
    return new Promise((resolve, reject) => {
      new Writing(this.#parts, write, resolve, reject, this).start()
    })
  }
}

/** One write on its way, from one pod that may decide about it to the next. */
class Writing implements Operation {
  readonly deadline: number
  readonly #parts: WriterParts
  readonly #write: Write
  readonly #resolve: (done: Done) => void
  readonly #reject: (error: CacheError) => void
  readonly #writer: Writer
  /** How many of those that could be asked have refused. */
  #next = 0

  constructor(
    parts: WriterParts,
    write: Write,
    resolve: (done: Done) => void,
    reject: (error: CacheError) => void,
    writer: Writer,
  ) {
    this.#parts = parts
    this.#write = write
    this.deadline = write.deadline
    this.#resolve = resolve
    this.#reject = reject
    this.#writer = writer
  }

  start() {
    const { coordinator, lane, slowLane, standing } = this.#parts
    const { partition } = this.#write
    if (standing.isClosed) return this.#fail(closed())
    if (standing.trust.isMinority) return this.#end(refused('ERR_CACHE_MINORITY'))
    const { sources, isSlow } = standing.routes.of(partition)
    if (standing.canWrite(partition) && !this.#goesElsewhere(sources)) {
      return coordinator.decide(this.#write, this.#concluded)
    }
    const member = sources[this.#next]
    if (member === undefined) return this.#later()
    this.#writer.forwarded++
    const chosen = isSlow ? slowLane : lane
    chosen.post(member, this)
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
    if (outcome.type === 'done' || outcome.code !== 'NOT_HERE') return this.#end(outcome)
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
    void time.sleep(RETRY_MS).then(() => this.start())
  }

  #end(outcome: Outcome) {
    if (outcome.type === 'refused') return this.#fail(errorOf(outcome))
    this.#parts.wrote(this.#write)
    this.#resolve(outcome)
  }

  #fail(error: CacheError) {
    this.#parts.wrote(this.#write)
    this.#reject(error)
  }
}

function mayHaveRun(error: unknown): boolean {
  if (!(error instanceof RollcallError)) return true
  return !('mayHaveRun' in error) || error.mayHaveRun !== false
}
