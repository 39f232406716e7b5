// Leaving: announced first, so that others can prepare for it; the goodbye then goes to everyone at one hop, and is
// awaited from those who can answer.
import { CloseCode } from './close-code.ts'
import type { Fact } from './fact.ts'
import type { Millis } from './identity.ts'
import type { LinkId } from './input.ts'
import type { Link, LinkTable } from './link-table.ts'
import type { LivedClock } from './lived-clock.ts'
import type { MemberTable } from './member-table.ts'
import type { Outbox } from './outbox.ts'
import type { Self } from './self.ts'

export interface FarewellParts {
  readonly clock: LivedClock
  readonly table: MemberTable
  readonly links: LinkTable
  readonly outbox: Outbox
  readonly self: Self
  readonly describeSelf: () => Fact
  readonly close: (link: Link, code: number, reason: string) => void
}

export class Farewell {
  readonly #parts: FarewellParts
  readonly #waitingFor = new Set<LinkId>()
  #deadline: Millis | undefined
  #done = false

  constructor(parts: FarewellParts) {
    this.#parts = parts
  }

  /** Whether the goodbye has begun. */
  get begun(): boolean {
    return this.#deadline !== undefined
  }

  /** When waiting ends. */
  get nextAt(): Millis | undefined {
    return this.#done ? undefined : this.#deadline
  }

  /** Tells everyone that this member is about to leave. It goes on as before, and stays alive to all. */
  announce(): void {
    const { table, self, outbox } = this.#parts
    if (table.self.leaving) return
    self.restate({ leaving: true })
    outbox.emit({ type: 'member-leaving', member: table.view.self, view: table.view })
  }

  begin(timeoutMs: Millis): void {
    const { clock, links, self, table } = this.#parts
    if (this.begun) return
    this.#deadline = clock.now + timeoutMs
    if (!table.self.leaving) self.restate({ leaving: true })
    self.declareLeft()
    for (const link of links.currents()) this.greet(link)
    // Who is about to say hello would take us for a member, and our end for a failure.
    for (const link of links.all()) if (link.phase === 'greeting') this.#waitingFor.add(link.id)
    this.#finishWhenHeard()
  }

  /** Says goodbye on a link, also on one that comes up while we leave. */
  greet(link: Link): void {
    const { table, outbox, describeSelf } = this.#parts
    outbox.send(link.id, { type: 'goodbye', self: describeSelf() })
    // Who is suspected may not answer; it gets the goodbye, but nobody waits for it.
    if (link.peer !== undefined && table.get(link.peer.name)?.state === 'alive') this.#waitingFor.add(link.id)
  }

  /** A peer has our goodbye, its link is gone, or it is no longer one that can answer. */
  settled(link: LinkId): void {
    if (this.#waitingFor.delete(link)) this.#finishWhenHeard()
  }

  tick(): void {
    if (this.nextAt !== undefined && this.nextAt <= this.#parts.clock.now) this.stop('left', CloseCode.left)
  }

  /** Ends every link, and the core with them. */
  stop(reason: 'left' | 'superseded', code: number): void {
    if (this.#done) return
    this.#done = true
    this.#deadline ??= this.#parts.clock.now
    for (const link of [...this.#parts.links.all()]) this.#parts.close(link, code, reason)
    this.#parts.outbox.push({ type: 'stopped', reason })
  }

  get stopped(): boolean {
    return this.#done
  }

  #finishWhenHeard(): void {
    if (this.begun && this.#waitingFor.size === 0) this.stop('left', CloseCode.left)
  }
}
