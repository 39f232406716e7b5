// One write at the owner that decides about it: stamps it, brings it to all who must have it, and takes it last. Then
// no read has seen what was not to be, and a pod that was frozen meanwhile finds out before it acknowledges anything.
//
// How two end that run beside each other: S at owner A, which depends on nothing, and C at owner B, which rests on what
// B had. Neither is in its own pod's store before it is done, so each pod may take the other one's.
// - B has S before it decides C: C rests on S. If A gets C before S has ended, S begins again above C.
// - B has decided C, and S is older: B shows C instead of taking S, and S begins again above C.
// - B has decided C, and S is newer: B takes S. If A has taken C by then, C is done, and S has come after it; if A has
//   finished S first, it refuses C, which begins again on top of S.
// - Both are such as C: the lesser name refuses, the greater one takes the copy, and begins again on top of it.
// A third owner may get S first, and refuse C where A has taken it. C begins again above both if nothing can rest on the C
// that was taken: where S is older than that, or is known to depend on nothing. Else it is open whether C is done, and it
// fails. S is not lost by that: who has C, or is about it, shows it to S, and S begins again.
import type { Member } from '@rollcall/membership'
import type { Standing } from '../placement/standing.ts'
import { type Entry, isNewer, isSame } from '../store/entry.ts'
import type { HybridClock } from '../store/hybrid-clock.ts'
import type { Store } from '../store/store.ts'
import type { Time } from '../time.ts'
import type { Lane } from '../wire/lane.ts'
import { BLIND, type Copied, Copy, type CopyAnswer, type Silence } from './copy.ts'
import { decide } from './decide.ts'
import { grantOf, isConditional, mayRepeat, type Outcome, openEnd, refused, type Write } from './write.ts'

const RETRY_MS = 10
const NONE: readonly string[] = []

export interface AttemptParts {
  readonly time: Time
  readonly standing: Standing
  readonly store: Store
  readonly clock: HybridClock
  readonly copies: Lane
  readonly self: string
  /** Whether a write is acknowledged although an owner cannot be reached. */
  readonly isFewEnough: boolean
}

export class Attempt implements Copied {
  readonly write: Write
  readonly #parts: AttemptParts
  readonly #done: (outcome: Outcome) => void
  readonly #ended: (attempt: Attempt) => void
  #entry!: Entry
  #basis = BLIND
  /** The version of the first entry that others may have taken: only what is newer can rest on it. */
  #firstVersion = Number.POSITIVE_INFINITY
  /** What has come meanwhile that rests on nothing, by `idOf`: mostly nothing. */
  #blind: Set<string> | undefined
  #sum = 0n
  /** Instances that have the entry, or need not have it, by the present placement: mostly one, so an array is enough. */
  #taken = NONE
  #waiting = 0
  #placementId = ''
  #newer: Entry | undefined
  #hadValue = false
  #silent: Member[] | undefined
  #isRefused = false
  /** One that has not answered may have the entry. */
  #mayBeTaken = false
  #isOvertaken = false
  #hasWaited = false
  #mayHaveRun = false

  /** `ended` is called before `done`. */
  constructor(
    parts: AttemptParts,
    write: Write,
    done: (outcome: Outcome) => void,
    ended: (attempt: Attempt) => void,
  ) {
    this.#parts = parts
    this.write = write
    this.#done = done
    this.#ended = ended
  }

  get key(): string {
    return this.write.key
  }

  get deadline(): number {
    return this.write.deadline
  }

  /** What it has decided. */
  get entry(): Entry {
    return this.#entry
  }

  get basis(): number {
    return this.#basis
  }

  get hasDecided(): boolean {
    return this.#entry !== undefined
  }

  /** There is another write of the same key that depends on nothing. */
  met(blind: Entry) {
    this.#blind ??= new Set()
    this.#blind.add(idOf(blind))
  }

  /** This pod has taken one that depended on something. */
  overtake(conditional: Entry) {
    if (isNewer(conditional, this.#entry)) this.#isOvertaken = true
  }

  /** Whether its client has given it up, and others may yet get it above an entry that has been written since, perhaps. */
  isLeftAbove(entry: Entry): boolean {
    return this.write.isGivenUp && this.hasDecided && isNewer(this.#entry, entry)
  }

  /** Decides, by what is here, and sends that to the others. */
  start() {
    const { standing, store, time, clock, self } = this.#parts
    const { write } = this
    if (standing.trust.isMinority) return this.#refuse('ERR_CACHE_MINORITY')
    const now = time.now()
    standing.trust.look(now)
    if (now >= write.deadline || write.isGivenUp) return this.#refuse('ERR_CACHE_UNAVAILABLE')
    if (!standing.canWrite(write.partition)) return this.#refuse('NOT_HERE')
    const known = store.peek(write.key)
    const grant = grantOf(write)
    if (grant !== undefined && store.invalidations.newest(write.key) > grant.basis) return this.#finish(false)
    if (known !== undefined) clock.observe(known.version)
    const version = Math.max(clock.next(), (known?.version ?? 0) + 1)
    const date = time.date()
    const decision = decide(write, known, date, { version, by: self })
    if (decision.type === 'refused') return this.#end(decision)
    if (decision.type === 'nothing') return this.#finish(false)
    this.#entry = decision.entry
    this.#sum = decision.sum
    this.#basis = isConditional(write) ? Math.max(known?.version ?? 0, this.#withdrawn) : BLIND
    this.#hadValue = known?.isLive(date) ?? false
    this.#taken = NONE
    this.#mayBeTaken = false
    this.#hasWaited = false
    this.#isOvertaken = false
    this.#copy()
  }

  /** Sends the entry to whoever must have it and has not. To repeat that does no harm. */
  #copy() {
    const { standing, copies } = this.#parts
    const { id } = standing.ownership
    // Who said before that it need not have it may own it now, and may have pulled all there was by then.
    if (this.#placementId !== id) this.#taken = NONE
    this.#placementId = id
    this.#newer = undefined
    this.#silent = undefined
    this.#isRefused = false
    const { targets } = standing.routes.of(this.write.partition)
    const isFirst = this.#taken.length === 0
    const missing = isFirst ? targets : targets.filter(({ instance }) => !this.#taken.includes(instance))
    this.#waiting = missing.length
    if (missing.length === 0) return this.#conclude()
    const copy = new Copy(this)
    for (const member of missing) copies.post(member, copy)
  }

  copied(member: Member, answer: CopyAnswer | Silence) {
    if (answer.type === 'silent') this.#wasSilent(member, answer)
    else if (answer.type === 'newer') this.#found(answer.entry)
    else if (answer.type === 'refused' || answer.type === 'ahead') this.#isRefused = true
    else {
      this.#taken = [...this.#taken, member.instance]
      if (answer.type === 'taken' && answer.hadValue) this.#hadValue = true
      if (answer.type === 'needless') this.#parts.standing.rollCall.released(member)
    }
    if (--this.#waiting === 0) this.#conclude()
  }

  #wasSilent(member: Member, { mayHaveTaken }: Silence) {
    this.#silent = [...(this.#silent ?? []), member]
    if (mayHaveTaken) this.#mayBeTaken = true
    this.#parts.standing.routes.slow(member)
  }

  #found(entry: Entry) {
    if (this.#newer === undefined || isNewer(entry, this.#newer)) this.#newer = entry
  }

  /** All have answered, or will not. */
  #conclude() {
    const { standing, store, time } = this.#parts
    const { key, partition } = this.write
    const local = store.peek(key)
    if (local !== undefined && this.#isInTheWay(local)) this.#found(local)
    if (this.#newer !== undefined) return this.#superseded(this.#newer)
    const isFew = this.#silent !== undefined
    if (this.#isRefused || (isFew && !this.#parts.isFewEnough)) return this.#retry()
    // Else others own it by now, too.
    if (this.#placementId !== standing.ownership.id || !standing.canWrite(partition)) return this.#retry()
    for (const member of this.#silent ?? []) void standing.trust.tellMissed(member, time.now())
    store.take(key, this.#entry)
    this.#finish(true)
  }

  /** Whether something has come here meanwhile that this write must have seen. */
  #isInTheWay(local: Entry): boolean {
    if (isSame(local, this.#entry)) return false
    if (this.#basis === BLIND) return this.#isOvertaken && isNewer(local, this.#entry)
    // What has come after it, and rests on nothing, may stay above it.
    const isAfter = isNewer(local, this.#entry) && this.#blind?.has(idOf(local))
    return local.version > this.#basis && !isAfter
  }

  /** There is a newer entry, or one that was not known here: begins again on top of it. */
  #superseded(newer: Entry) {
    const { clock, store } = this.#parts
    clock.observe(newer.version)
    store.take(this.write.key, newer)
    this.#noteTaken()
    if (mayRepeat(this.write) || !this.#mayHaveRun) return this.start()
    // The newer one may rest on this one, then twice would be wrong. Unless it is seen to rest on nothing, in a moment.
    const isApart = newer.version < this.#firstVersion || this.#blind?.has(idOf(newer))
    if (isApart) return this.start()
    if (this.#hasWaited) return this.#refuse('ERR_CACHE_UNAVAILABLE')
    this.#hasWaited = true
    this.#retry()
  }

  /** Others may have the entry. */
  #noteTaken() {
    if (this.#taken.length === 0 && !this.#mayBeTaken) return
    this.#mayHaveRun = true
    this.#firstVersion = Math.min(this.#firstVersion, this.#entry.version)
  }

  /** The version up to which owners may have entries of this very write, which count for nothing. */
  get #withdrawn(): number {
    return this.#mayHaveRun && !mayRepeat(this.write) ? this.#entry.version : 0
  }

  #retry() {
    const { time } = this.#parts
    this.#noteTaken()
    if (time.now() + RETRY_MS >= this.write.deadline) return this.#refuse('ERR_CACHE_UNAVAILABLE')
    void time.sleep(RETRY_MS).then(() => this.#goOn())
  }

  /** The same entry again, for it may be there already; unless this pod may not any more. */
  #goOn() {
    const { standing, time } = this.#parts
    standing.trust.look(time.now())
    // Nobody has it, and nobody waits for it. Else it had better be in all owners than in some: it keeps its place among others.
    if (this.write.isGivenUp && !this.#mayHaveRun) return this.#refuse('ERR_CACHE_UNAVAILABLE')
    if (standing.trust.isMinority) return this.#refuse('ERR_CACHE_MINORITY')
    if (standing.serves(this.write.partition)) {
      if (standing.rollCall.isComplete) return this.#copy()
      return this.#retry()
    }
    this.#refuse('NOT_HERE')
  }

  #refuse(code: Parameters<typeof refused>[0], mayHaveRun = this.#mayHaveRun) {
    const outcome = refused(code)
    this.#end(mayHaveRun ? openEnd(outcome) : outcome)
  }

  #finish(isWritten: boolean) {
    const { wanted } = this.#parts.standing.ownership
    // Formers count too, which are copies as good as any: no more than wanted are told of.
    const copies = isWritten ? Math.min(wanted, this.#taken.length + 1) : 0
    const isDone = this.write.kind === 'delete' ? this.#hadValue : isWritten
    this.#end({ type: 'done', isWritten: isDone, copies, wanted, sum: this.#sum })
  }

  #end(outcome: Outcome) {
    this.#ended(this)
    this.#done(outcome)
  }
}

function idOf({ version, by }: Entry): string {
  return `${version} ${by}`
}
