// What others claim of a member against what we have heard of it ourselves (the other side of a cut, one that was cut
// off, a link that delivers late): the claim goes to the member, to be refuted, before it goes into our view.
import type { Accusations } from './accusations.ts'
import { earliestDeadline } from './deadline.ts'
import { compareFacts, type Fact } from './fact.ts'
import type { Life, Millis } from './identity.ts'
import { isDoubtful, type Link, type LinkTable } from './link-table.ts'
import type { LivedClock } from './lived-clock.ts'
import { type Entry, isPresent, type MemberTable } from './member-table.ts'
import type { Outbox } from './outbox.ts'
import { LEAST_ANSWER_MS } from './suspicion.ts'

/** One claim is handed on to its subject at most this often. */
const HAND_ON_INTERVAL_MS = 250

/** A verdict that waits for its subject's answer. */
interface Held {
  readonly fact: Fact
  readonly from: Link
  readonly heldAt: Millis
  /** Lived time up to which it may be refuted. */
  readonly deadline: Millis
}

export interface DisputeParts {
  readonly clock: LivedClock
  readonly table: MemberTable
  readonly links: LinkTable
  readonly outbox: Outbox
  readonly isPlainSwim: boolean
  readonly accusations: () => Accusations
  /** Takes a fact into our view. */
  readonly accept: (fact: Fact, from: Link) => void
}

export class Disputes {
  readonly #parts: DisputeParts
  readonly #held = new Map<string, Held>()
  /** What was last handed on to each subject. */
  readonly #handedOn = new Map<string, { readonly fact: Fact; readonly at: Millis }>()

  constructor(parts: DisputeParts) {
    this.#parts = parts
  }

  /**
   * Whether a claim is left to its subject for now. One that is older than its own last answer, as long as it is linked;
   * a verdict on a silence in which we heard it, for a second: what waits longer might be true after all.
   */
  raise(fact: Fact, from: Link): boolean {
    const { table, links, isPlainSwim } = this.#parts
    const entry = table.get(fact.name)
    if (entry === undefined || !isPresent(entry) || compareFacts(fact, entry) <= 0) return false
    const accusations = this.#parts.accusations()
    const link = links.current(fact.name)
    if (link !== undefined && !isDoubtful(link) && accusations.isOutdated(fact)) {
      this.#handOn(fact, link)
      return true
    }
    if (isPlainSwim || !accusations.isDisproved(fact)) return false
    this.#hold(fact, entry, from)
    return true
  }

  /** A new link to a member: it may not have been told yet what is said of it. */
  linked({ name }: Life): void {
    const held = this.#held.get(name)
    const link = this.#parts.links.current(name)
    if (held === undefined || link === undefined) return
    this.#handedOn.delete(name)
    this.#handOn(held.fact, link)
  }

  /** Nothing is to be said to a member that is gone. */
  drop(name: string): void {
    this.#held.delete(name)
    this.#handedOn.delete(name)
  }

  /** Lived time at which the first verdict is taken that nobody has refuted. */
  get nextDeadline(): Millis | undefined {
    return earliestDeadline(this.#held.values())
  }

  /** Takes what has not been refuted up to this lived time. */
  judge(cutoff: Millis): void {
    const { clock, links, accept } = this.#parts
    for (const [name, { fact, from, heldAt, deadline }] of [...this.#held]) {
      if (deadline > cutoff) continue
      this.#held.delete(name)
      // Another link may have taken the place of the one it came on, and it may have to be asked for the record.
      const link = from.peer && links.current(from.peer.name)
      accept({ ...fact, ageMs: fact.ageMs + Math.round(clock.now - heldAt) }, link ?? from)
    }
  }

  /** As long as nothing is refuted, a higher claim gets no more time: else a liar could put off a true one. */
  #hold(fact: Fact, entry: Entry, from: Link): void {
    const { clock, links } = this.#parts
    const held = this.#held.get(fact.name)
    const isOpen = held !== undefined && compareFacts(held.fact, entry) > 0
    if (!isOpen || saysMore(fact, held.fact)) {
      const deadline = isOpen ? held.deadline : clock.lived + LEAST_ANSWER_MS
      this.#held.set(fact.name, { fact, from, heldAt: clock.now, deadline })
    }
    const link = links.current(fact.name)
    if (link !== undefined) this.#handOn(fact, link)
  }

  #handOn(fact: Fact, link: Link): void {
    const { clock, outbox } = this.#parts
    const last = this.#handedOn.get(fact.name)
    const isKnown = last !== undefined && compareFacts(fact, last.fact) <= 0
    if (isKnown && clock.now - last.at < HAND_ON_INTERVAL_MS) return
    this.#handedOn.set(fact.name, { fact, at: clock.now })
    outbox.send(link.id, { type: 'updates', updates: [fact] })
  }
}

/** Whether a claim is above another one, or the same with what the member says of itself. */
function saysMore(fact: Fact, held: Fact): boolean {
  const order = compareFacts(fact, held)
  return order > 0 || (order === 0 && held.record === undefined && fact.record !== undefined)
}
