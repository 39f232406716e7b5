// The suspicions of this process: begun by our own unanswered probes or by others' word, confirmed by independent
// observers, ended by the member's own answer or, at the deadline, by the verdict.
import type { Cause, Limit } from './certificate.ts'
import { type EvidenceFiles, fewNames } from './evidence.ts'
import type { Fact } from './fact.ts'
import { type Life, type Millis, sameLife } from './identity.ts'
import type { LivedClock } from './lived-clock.ts'
import type { Entry, MemberTable } from './member-table.ts'
import type { ProtocolOptions } from './options.ts'
import { type Random, randomBetween } from './random.ts'
import type { Roster } from './roster.ts'
import { confirmationsNeeded, ISOLATED_PATIENCE, LEAST_ANSWER_MS, Suspicion } from './suspicion.ts'

/** After such a part of the time to answer helpers are asked about a suspect: not by all who hold it at once. */
const ASKED_AFTER = [0.35, 0.65] as const

/** A suspicion, and the very claim it is about: a refutation ends it. */
interface Held {
  readonly life: Life
  readonly incarnation: number
  readonly suspicion: Suspicion
  /** How long after its start helpers are asked. */
  readonly askAfterMs: Millis
}

/** When something was sent that was answered. */
export interface Sent {
  readonly sentAt: Millis
  readonly sentLived: Millis
}

export interface AccusationParts {
  readonly clock: LivedClock
  readonly table: MemberTable
  readonly roster: Roster
  readonly evidence: EvidenceFiles
  readonly options: ProtocolOptions
  readonly isPlainSwim: boolean
  readonly random: Random
  /** Whether any member was heard after this lived time. */
  readonly hearsOthersSince: (lived: Millis) => boolean
  /** Whether nobody at all has been heard for long. */
  readonly isIsolated: () => boolean
  /** Whether all addresses of a member refused our last dials: then the network between us is whole. */
  readonly isRefused: (life: Life) => boolean
  /** Asks a member that others suspect, where we are linked to it: it may hear of the suspicion from nobody else. */
  readonly challenge: (life: Life) => void
  /** Asks helpers whether they hear a suspect. */
  readonly askHelpers: (life: Life) => void
  /** Tells everyone what we concluded or confirmed. */
  readonly tell: (fact: Fact) => void
}

export class Accusations {
  readonly #parts: AccusationParts
  readonly #suspicions = new Map<string, Held>()

  /** The latest probe of each member that was answered. */
  readonly #answered = new Map<string, { readonly life: Life } & Sent>()

  constructor(parts: AccusationParts) {
    this.#parts = parts
  }

  /** Our own probe, sent at this lived time, went unanswered; or, with `why`, its addresses turned our redial away. */
  accuse(entry: Entry, sentLived: Millis, why?: Cause): void {
    const self = this.#parts.table.self.name
    const startedAt = Math.max(sentLived, this.#earliestStart())
    let suspicion = this.#get(entry)
    if (suspicion === undefined) {
      suspicion = new Suspicion(startedAt, self)
      this.#hold(entry, suspicion)
      if (entry.state === 'alive') this.#conclude(entry, 'suspect', why ?? this.#silence(suspicion))
    } else {
      this.#confirm(entry, suspicion, startedAt, self)
    }
    this.#tellSuspicion(entry.name, suspicion, sentLived)
  }

  /** Another member's suspicion; the table already holds the member as suspect. */
  note(fact: Fact): void {
    const entry = this.#parts.table.get(fact.name)
    if (entry?.state !== 'suspect' || !sameLife(entry, fact) || entry.incarnation !== fact.incarnation) return
    const { clock } = this.#parts
    // News out of a backlog is older than it says, and by how much nobody knows: it counts from now.
    const ageMs = clock.hasJustStalled ? 0 : fact.ageMs
    const startedAt = Math.max(clock.lived - ageMs, this.#earliestStart())
    const by = fact.by ?? '?'
    const known = this.#get(entry)
    if (known !== undefined) this.#confirm(entry, known, startedAt, by)
    else {
      const suspicion = new Suspicion(startedAt, by)
      const answered = this.#answerOf(entry)
      if (answered !== undefined) suspicion.heardAt(answered.sentLived)
      this.#hold(entry, suspicion)
      this.#parts.challenge(entry)
    }
  }

  /** A probe was answered that was sent then; or a hello came. */
  heard(life: Life, { sentAt, sentLived }: Sent): void {
    const held = this.#suspicions.get(life.name)
    if (held !== undefined && sameLife(held.life, life)) held.suspicion.heardAt(sentLived)
    const known = this.#answered.get(life.name)
    if (known !== undefined && sameLife(known.life, life) && known.sentAt >= sentAt) return
    this.#answered.set(life.name, { life, sentAt, sentLived })
  }

  /**
   * Whether a claim that a member is suspect or failed is older than an answer it gave us. Of verdicts all time counts:
   * who has stood still since that answer would leave a true one aside for long.
   */
  isOutdated(fact: Fact): boolean {
    const { clock } = this.#parts
    const known = this.#answerOf(fact)
    if (known === undefined) return false
    if (fact.state === 'suspect') return known.sentLived > clock.lived - fact.ageMs
    return fact.state === 'failed' && known.sentAt > clock.now - fact.ageMs
  }

  /**
   * Whether a member gave us an answer after a verdict on it, or within the silence that the verdict rests on. The time
   * that we stood still does not count: what we read now may be old, and its refutation be next.
   */
  isDisproved(fact: Fact): boolean {
    const { clock, options } = this.#parts
    const known = this.#answerOf(fact)
    if (known === undefined || fact.state !== 'failed') return false
    const silentMs = fact.ground === 'silence' ? options.failAfterMs : 0
    return known.sentLived > clock.lived - fact.ageMs - silentMs
  }

  /** The member is no longer suspect, or is another life. */
  drop(name: string): void {
    this.#suspicions.delete(name)
  }

  /** The member is gone. */
  forget(name: string): void {
    this.#suspicions.delete(name)
    this.#answered.delete(name)
  }

  /** The age of a suspicion in ms, and one observer, for telling it on. */
  describe(entry: Entry): { ageMs: Millis; by: string } | undefined {
    const suspicion = this.#get(entry)
    if (suspicion === undefined) return undefined
    const by = suspicion.observers.values().next().value as string
    return { ageMs: Math.max(0, Math.round(this.#parts.clock.lived - suspicion.startedAt)), by }
  }

  /** Somebody is heard again: whom we suspect has not been asked since, and has time to answer. */
  isolationEnded(): void {
    const startedAt = this.#earliestStart()
    for (const { life, suspicion } of this.#suspicions.values()) {
      suspicion.heardAt(startedAt)
      this.#parts.challenge(life)
    }
  }

  /** Lived time at which the next verdict falls, or helpers are asked. */
  get nextDeadline(): Millis | undefined {
    let next: Millis | undefined
    for (const held of this.#suspicions.values()) {
      const deadline = this.#deadline(held)
      const due = Math.min(deadline, this.#askAt(held) ?? deadline)
      if (next === undefined || due < next) next = due
    }
    return next
  }

  /** Judges deadlines up to this lived time. */
  judge(cutoff: Millis): void {
    for (const [name, held] of [...this.#suspicions]) {
      const { life, suspicion } = held
      if (this.#deadline(held) > cutoff) {
        this.#askIfDue(held, cutoff)
        continue
      }
      const entry = this.#parts.table.get(name)
      if (entry?.state !== 'suspect' || !sameLife(entry, life)) {
        this.#suspicions.delete(name)
        continue
      }
      this.#fail(entry, suspicion)
      // All members reach the verdict by themselves; the observers say it for those that missed the suspicion.
      if (suspicion.isTold) {
        const { evidence, tell } = this.#parts
        tell({ ...verdict(entry, 'failed'), ...evidence.verdictOf(entry) })
      }
    }
  }

  /** Confirmations that a suspicion waits for: of a member that is silent itself, in more eyes than one, none can come. */
  #needed(suspicion: Suspicion): number {
    const { table, options } = this.#parts
    const { presentCount } = table
    // Enough are left, whoever is silent.
    if (presentCount - this.#suspicions.size >= options.quorumOfObservers + 2)
      return options.quorumOfObservers
    let silent = 0
    for (const held of this.#suspicions.values())
      if (held.suspicion !== suspicion && held.suspicion.confirmations > 0) silent++
    return confirmationsNeeded(presentCount - silent, options.quorumOfObservers)
  }

  #answerOf(life: Life): Sent | undefined {
    const known = this.#answered.get(life.name)
    return known !== undefined && sameLife(known.life, life) ? known : undefined
  }

  #earliestStart(): Millis {
    const { clock, options } = this.#parts
    return clock.lived - (options.failAfterMs - LEAST_ANSWER_MS)
  }

  #deadline({ life, suspicion }: Held): Millis {
    const { failAfterMs, failUnconfirmedAfterMs } = this.#parts.options
    if (this.#mayBeOurselves(life)) return suspicion.startedAt + ISOLATED_PATIENCE * failUnconfirmedAfterMs
    return suspicion.deadline(this.#needed(suspicion), failAfterMs, failUnconfirmedAfterMs)
  }

  /**
   * When helpers are to be asked about one that we suspect by the word of others alone: it may have refuted long ago, on
   * links of which ours has died unnoticed.
   */
  #askAt({ suspicion, askAfterMs }: Held): Millis | undefined {
    const { isPlainSwim, table } = this.#parts
    const isOurs = suspicion.observers.has(table.self.name)
    return isPlainSwim || isOurs || !suspicion.isToBeAsked ? undefined : suspicion.startedAt + askAfterMs
  }

  #askIfDue(held: Held, cutoff: Millis): void {
    const at = this.#askAt(held)
    if (at === undefined || at > cutoff) return
    held.suspicion.asked()
    this.#parts.askHelpers(held.life)
  }

  /** We hear nobody of several: that all of them have died at once is less likely than that we are cut off. */
  #mayBeOurselves(life: Life): boolean {
    const { isIsolated, isRefused, table } = this.#parts
    return isIsolated() && table.presentCount > 2 && !isRefused(life)
  }

  #hold(entry: Entry, suspicion: Suspicion): void {
    const { options, random } = this.#parts
    const askAfterMs = options.failAfterMs * randomBetween(random, ...ASKED_AFTER)
    const { incarnation } = entry
    this.#suspicions.set(entry.name, { life: entry, incarnation, suspicion, askAfterMs })
  }

  #get(entry: Entry): Suspicion | undefined {
    const held = this.#suspicions.get(entry.name)
    const isSame = held !== undefined && sameLife(held.life, entry) && held.incarnation === entry.incarnation
    return isSame ? held.suspicion : undefined
  }

  #confirm(entry: Entry, suspicion: Suspicion, startedAt: Millis, by: string): void {
    if (suspicion.confirm(startedAt, by)) this.#parts.evidence.note(entry, { type: 'suspicion', by })
  }

  #fail(entry: Entry, suspicion: Suspicion): void {
    const { failAfterMs, failUnconfirmedAfterMs } = this.#parts.options
    const isPatient = this.#mayBeOurselves(entry)
    const isConfirmed = suspicion.confirmations >= this.#needed(suspicion) && !isPatient
    const patience = isPatient ? ISOLATED_PATIENCE : 1
    const limit: Limit = isConfirmed
      ? { option: 'failAfterMs', ms: failAfterMs }
      : { option: 'failUnconfirmedAfterMs', ms: patience * failUnconfirmedAfterMs }
    this.#conclude(entry, 'failed', { ...this.#silence(suspicion), limit })
  }

  #silence(suspicion: Suspicion): Extract<Cause, { type: 'silence' }> {
    const silentMs = Math.round(this.#parts.clock.lived - suspicion.startedAt)
    const confirmedBy = fewNames(suspicion.observers)
    return { type: 'silence', silentMs, confirmedBy, needed: this.#needed(suspicion) + 1 }
  }

  #conclude(entry: Entry, state: 'suspect' | 'failed', why: Cause): void {
    this.#parts.roster.conclude(entry, state, why, this.#parts.clock.now)
  }

  /** Says it once, unless enough others have; and not while we hear nobody, for then it may be us. */
  #tellSuspicion(name: string, suspicion: Suspicion, sentLived: Millis): void {
    const { table, hearsOthersSince, tell } = this.#parts
    if (suspicion.isTold || suspicion.confirmations > this.#needed(suspicion) || !hearsOthersSince(sentLived))
      return
    suspicion.isTold = true
    const entry = table.get(name) as Entry
    const ageMs = (this.describe(entry) as { ageMs: Millis }).ageMs
    tell({ ...verdict(entry, 'suspect'), ageMs, by: table.self.name })
  }
}

function verdict(entry: Entry, state: 'suspect' | 'failed'): Fact {
  const { name, generation, instance, incarnation } = entry
  return { name, generation, instance, incarnation, state, ageMs: 0 }
}
