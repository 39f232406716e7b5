// Writes keys: decides here where this pod has all of the partition, else has an owner decide, one hop away.
import { type Member, RollcallError } from '@rollcall/membership'
import type { Standing } from '../placement/standing.ts'
import type { Time } from '../time.ts'
import type { Lane } from '../wire/lane.ts'
import type { Coordinator } from './coordinator.ts'
import { Forward } from './forward.ts'
import { type Done, errorOf, isConditional, type Outcome, refused, type Write } from './write.ts'

const RETRY_MS = 10

export interface WriterParts {
  readonly time: Time
  readonly standing: Standing
  readonly coordinator: Coordinator
  readonly lane: Lane
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
      this.#try(write, 0, (outcome) => {
        this.#parts.wrote(write)
        if (outcome.type === 'done') resolve(outcome)
        else reject(errorOf(outcome))
      })
    })
  }

  /** `from`: how many of those that could be asked have refused. */
  #try(write: Write, from: number, done: (outcome: Outcome) => void) {
    const { coordinator, standing } = this.#parts
    if (standing.trust.isMinority) return done(refused('ERR_CACHE_MINORITY'))
    const { sources } = standing.routes.of(write.partition)
    const isHere = standing.canWrite(write.partition) && !this.#goesElsewhere(write, from)
    if (isHere) return coordinator.decide(write, (outcome) => this.#concluded(write, from, outcome, done))
    const member = sources[from]
    if (member === undefined) return this.#later(write, done)
    this.forwarded++
    this.#forward(write, member, from, done)
  }

  /** Those that depend on what is there go to the first owner, so that two seldom decide at the same time. */
  #goesElsewhere(write: Write, from: number): boolean {
    if (from > 0 || !isConditional(write)) return false
    const first = this.#parts.standing.ownership.ownersOf(write.partition)[0]?.member
    return (
      first !== undefined &&
      !first.isSelf &&
      first === this.#parts.standing.routes.of(write.partition).sources[0]
    )
  }

  #forward(write: Write, member: Member, from: number, done: (outcome: Outcome) => void) {
    const { lane, time } = this.#parts
    const forward = new Forward(
      write,
      () => time.now(),
      (outcome, error) => {
        if (outcome !== undefined) return this.#concluded(write, from, outcome, done)
        // A write that depends on nothing may be done twice; others only if it was not done for certain.
        if (isConditional(write) && mayHaveRun(error)) return done(refused('ERR_CACHE_UNAVAILABLE', true))
        this.#try(write, from + 1, done)
      },
    )
    lane.post(member, forward)
  }

  #concluded(write: Write, from: number, outcome: Outcome, done: (outcome: Outcome) => void) {
    if (outcome.type === 'done' || outcome.code !== 'NOT_HERE') return done(outcome)
    if (outcome.mayHaveRun && isConditional(write)) return done(refused('ERR_CACHE_UNAVAILABLE', true))
    this.#try(write, from + 1, done)
  }

  #later(write: Write, done: (outcome: Outcome) => void) {
    const { time } = this.#parts
    if (time.now() + RETRY_MS >= write.deadline)
      return done(refused('ERR_CACHE_UNAVAILABLE', !isConditional(write)))
    void time.sleep(RETRY_MS).then(() => this.#try(write, 0, done))
  }
}

function mayHaveRun(error: unknown): boolean {
  if (!(error instanceof RollcallError)) return true
  return !('mayHaveRun' in error) || error.mayHaveRun !== false
}
