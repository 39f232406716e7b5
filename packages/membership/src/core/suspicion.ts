// How long a suspect has to answer. Its age counts from when the earliest unanswered probe was *sent*, and travels
// with the suspicion, so that all members reach the verdict together and no log N term is needed. Independent
// confirmations (Lifeguard, section IV) shorten the wait.
import type { Millis } from './identity.ts'

/** Independent confirmations wanted beside the first observer: fewer in small clusters. */
export function confirmationsNeeded(presentCount: number, quorumOfObservers: number): number {
  return Math.max(0, Math.min(quorumOfObservers, presentCount - 2))
}

/** However old a claim is when we get to it (a healed link delivers old frames), its subject has so long to answer. */
export const LEAST_ANSWER_MS = 1000

/** A verdict waits so many times as long while its observer hears nobody at all: then the fault is most likely its own. */
export const ISOLATED_PATIENCE = 8

/** The suspicion about one member; times are lived time. */
export class Suspicion {
  /** Whether we have told the others of it. */
  isTold = false
  #startedAt: Millis
  #heardAt = Number.NEGATIVE_INFINITY
  /** The start of the silence for which helpers were asked. */
  #askedFor = Number.NEGATIVE_INFINITY
  readonly #observers = new Set<string>()

  constructor(startedAt: Millis, by: string) {
    this.#startedAt = startedAt
    this.#observers.add(by)
  }

  /** When the earliest unanswered probe was sent. */
  get startedAt(): Millis {
    return this.#startedAt
  }

  /** Members whose own probes went unanswered. */
  get observers(): ReadonlySet<string> {
    return this.#observers
  }

  /** Confirmations beside the first observer. */
  get confirmations(): number {
    return this.#observers.size - 1
  }

  /** Adds an observer's word; returns whether it is a new observer. An older probe makes the suspicion older, up to the last answer. */
  confirm(startedAt: Millis, by: string): boolean {
    this.#startedAt = Math.max(this.#heardAt, Math.min(this.#startedAt, startedAt))
    if (this.#observers.has(by)) return false
    this.#observers.add(by)
    return true
  }

  /** The member was alive at `at`: it answered a probe sent then. */
  heardAt(at: Millis): void {
    this.#heardAt = Math.max(this.#heardAt, at)
    this.#startedAt = Math.max(this.#startedAt, at)
  }

  /** Whether helpers have yet to be asked about the present silence. */
  get isToBeAsked(): boolean {
    return this.#startedAt > this.#askedFor
  }

  /** Helpers are asked. */
  asked(): void {
    this.#askedFor = this.#startedAt
  }

  /** When the verdict falls. */
  deadline(needed: number, failAfterMs: Millis, failUnconfirmedAfterMs: Millis): Millis {
    return this.#startedAt + (this.confirmations >= needed ? failAfterMs : failUnconfirmedAfterMs)
  }
}
