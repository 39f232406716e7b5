// Whom each member cannot reach itself although it lives: exceptions from the full mesh. A list rides on the
// next ping or ack to each peer that has not seen it. Who has none about a member is asked first to probe it, so that
// a member somebody hears is not suspected for the links it lacks.
import { type Life, type Millis, sameLife } from './identity.ts'
import { type Link, NO_EXCEPTIONS } from './link-table.ts'
import type { LivedClock } from './lived-clock.ts'
import { isPresent, type MemberTable } from './member-table.ts'
import type { Ping } from './message.ts'

/** Unanswered for so long, of lived time, a member is an exception. */
const UNREACHED_MS = 5000
/** Our list changes at most this often. */
const REVIEW_INTERVAL_MS = 1000
/** Names in a list; the wire carries no more. */
const MAX_EXCEPTIONS = 32

/** Members that one member does not reach itself. */
export interface Unreached {
  /** The name of a member. */
  readonly by: string
  /** The names of those that it does not hear. */
  readonly members: readonly string[]
}

export interface ExceptionParts {
  readonly clock: LivedClock
  readonly table: MemberTable
}

export class Exceptions {
  readonly #parts: ExceptionParts
  /** When, in lived time, the earliest probe was sent that a member has not answered itself since. */
  readonly #missed = new Map<string, { readonly life: Life; readonly since: Millis }>()
  /** The last list of each peer, by name. */
  readonly #heard = new Map<string, ReadonlySet<string>>()
  #own: readonly string[] = NO_EXCEPTIONS
  #nextAt: Millis = Number.NEGATIVE_INFINITY

  constructor(parts: ExceptionParts) {
    this.#parts = parts
  }

  /** A probe sent at this lived time was not answered by the member itself. */
  missed(life: Life, sentLived: Millis): void {
    const known = this.#missed.get(life.name)
    if (known === undefined || !sameLife(known.life, life)) {
      this.#missed.set(life.name, { life, since: sentLived })
    }
  }

  /** A member has answered us itself. */
  reached(name: string): void {
    this.#missed.delete(name)
  }

  /** The member is gone, and what it said with it. */
  forget(name: string): void {
    this.#missed.delete(name)
    this.#heard.delete(name)
  }

  /** A link to a member is up, and nothing has been said on it. */
  linked(peer: string): void {
    this.#missed.delete(peer)
    this.#heard.delete(peer)
  }

  /** Our list, for a ping or an ack to a peer that has not seen it. */
  takeFor(link: Link): Pick<Ping, 'exceptions'> {
    if (link.exceptionsTold === this.#own) return {}
    link.exceptionsTold = this.#own
    return { exceptions: this.#own }
  }

  /** A peer's list, which replaces its last. */
  receive(peer: string, names: readonly string[]): void {
    if (names.length === 0) this.#heard.delete(peer)
    else this.#heard.set(peer, new Set(names))
  }

  /** Of these links first those that are of use: whose member answers us, and has no exception about `about`. */
  helpersFirst(helpers: readonly Link[], about: string): Link[] {
    const isUseless = ({ peer }: Link) =>
      peer !== undefined && (this.#missed.has(peer.name) || this.#heard.get(peer.name)?.has(about) === true)
    return [...helpers.filter((link) => !isUseless(link)), ...helpers.filter(isUseless)]
  }

  /** Own exceptions, and those of the peers about members that are present. */
  *all(): Iterable<Unreached> {
    const { table } = this.#parts
    if (this.#own.length > 0) yield { by: table.self.name, members: this.#own }
    for (const [by, names] of this.#heard) {
      const members = [...names].filter((name) => {
        const entry = table.get(name)
        return entry !== undefined && isPresent(entry)
      })
      if (members.length > 0) yield { by, members }
    }
  }

  /** Looks for what has changed. */
  tick(): void {
    const { clock } = this.#parts
    if (clock.now < this.#nextAt) return
    this.#nextAt = clock.now + REVIEW_INTERVAL_MS
    const names: string[] = []
    for (const [name, { since }] of this.#missed) if (clock.lived - since >= UNREACHED_MS) names.push(name)
    names.sort().splice(MAX_EXCEPTIONS)
    if (names.join(' ') !== this.#own.join(' ')) this.#own = names.length === 0 ? NO_EXCEPTIONS : names
  }
}
