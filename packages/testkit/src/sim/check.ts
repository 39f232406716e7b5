// What an invariant looks like to the simulator: it watches events and views, and stops the run when it is broken.
import type { CoreEvent, LinkId, Message } from '@rollcall/membership/internal'
import type { SimMember } from './sim-member.ts'
import type { Simulation } from './simulation.ts'

/** One invariant, watching one run. Each method throws an InvariantError when it is broken. */
export interface Check {
  /** Called for every event a member tells its application. */
  event?(observer: SimMember, event: CoreEvent): void
  /** Called for every message a member sends on a link. */
  sent?(observer: SimMember, message: Message, link: LinkId): void
  /** Called for every message a member is about to take in. */
  received?(observer: SimMember, message: Message, link: LinkId): void
  /** Called every virtual second. */
  second?(): void
}

/** Makes a check for a run. */
export type CheckFactory = (simulation: Simulation) => Check

/** An invariant does not hold. */
export class InvariantError extends Error {
  readonly invariant: string
  /** Virtual ms since the start of the run. */
  readonly at: number
  /** Names of the members concerned. */
  readonly about: readonly string[]

  constructor(invariant: string, at: number, text: string, about: readonly string[] = []) {
    super(`${invariant}: ${text} (at ${at.toFixed(1)} ms)`)
    this.name = 'InvariantError'
    this.invariant = invariant
    this.at = at
    this.about = about
  }
}
