// A process that has slept, or heard nobody, for as long as tombstones last may hold members that ended and that nobody
// else remembers: what it says of them would bring them back, and no one could contradict it. So after such a time it
// begins anew with its links, and tells of a third member only once that member has said hello, or somebody has spoken
// of that life of it. What nobody vouches for ends here alone, and is not told.
import type { Fact } from './fact.ts'
import type { Life, Millis } from './identity.ts'
import type { Link, LinkTable } from './link-table.ts'
import type { LivedClock } from './lived-clock.ts'
import type { MemberTable } from './member-table.ts'
import type { Message } from './message.ts'
import type { ProtocolOptions } from './options.ts'

export interface VouchingParts {
  readonly clock: LivedClock
  readonly table: MemberTable
  readonly links: LinkTable
  readonly options: ProtocolOptions
  /** Closes a link of before. */
  readonly end: (link: Link) => void
  /** News that still waits to be told is too old by now. */
  readonly dropNews: () => void
}

export class Vouching {
  readonly #parts: VouchingParts
  /** Lives held since before the gap that nobody has vouched for: the instance by name. */
  #doubted = new Map<string, string>()
  #heardAt: Millis

  constructor(parts: VouchingParts) {
    this.#parts = parts
    this.#heardAt = parts.clock.now
  }

  /** A frame came from another member. */
  heard(): void {
    this.#heardAt = this.#parts.clock.now
  }

  /** To be called before an input is looked at: what waited in a socket all that time is as old as the links. */
  check(): void {
    const { clock, table, links, options, end, dropNews } = this.#parts
    if (clock.now - this.#heardAt < options.tombstoneMs) return
    this.#heardAt = clock.now
    this.#doubted.clear()
    for (const { name, instance } of table.entries()) {
      if (name !== table.self.name) this.#doubted.set(name, instance)
    }
    dropNews()
    for (const link of [...links.all()]) if (link.phase !== 'dialing') end(link)
  }

  /** A life has said hello, or somebody has spoken of it. */
  vouch({ name, instance }: Life): void {
    if (this.#doubted.get(name) === instance) this.#doubted.delete(name)
  }

  isDoubted({ name, instance }: Life): boolean {
    return this.#doubted.get(name) === instance
  }

  /** A message without what we should not tell `peer`; undefined when nothing is left of it. */
  sift(message: Message, peer: string | undefined): Message | undefined {
    if (this.#doubted.size === 0) return message
    const isFit = (fact: Fact) => fact.name === peer || !this.isDoubted(fact)
    switch (message.type) {
      case 'digest':
        return { ...message, facts: message.facts.filter(isFit) }
      case 'updates': {
        const updates = message.updates.filter(isFit)
        return updates.length > 0 ? { ...message, updates } : undefined
      }
      case 'ping':
      case 'ack':
      case 'delta':
        return { ...message, updates: message.updates.filter(isFit) }
      default:
        return message
    }
  }
}
