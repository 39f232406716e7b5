// The open links of a member, what went over them, and what each was made with.
import type { LinkId } from '../core/input.ts'
import type { Credential } from '../security/protection.ts'
import type { LinksByCredential } from '../security/security-state.ts'
import type { Link } from './link.ts'

export class OpenLinks {
  readonly #links = new Map<LinkId, Link>()
  readonly #accepts: (credential: Credential) => boolean
  readonly #closedBytes = { sent: 0, received: 0 }

  /** `accepts`: whether a link made with this may go on. */
  constructor(accepts: (credential: Credential) => boolean) {
    this.#accepts = accepts
  }

  get size(): number {
    return this.#links.size
  }

  get(id: LinkId): Link | undefined {
    return this.#links.get(id)
  }

  all(): IterableIterator<Link> {
    return this.#links.values()
  }

  add(link: Link): void {
    this.#links.set(link.id, link)
  }

  /** It has ended; what went over it still counts. */
  remove({ id, connection }: Link): void {
    if (!this.#links.delete(id)) return
    this.#closedBytes.sent += connection.bytesWritten
    this.#closedBytes.received += connection.bytesRead
  }

  /** Bytes written to and read from all links so far, open and closed. */
  bytes(): { sent: number; received: number } {
    const total = { ...this.#closedBytes }
    for (const { connection } of this.#links.values()) {
      total.sent += connection.bytesWritten
      total.received += connection.bytesRead
    }
    return total
  }

  /** Links made with what counts no more. */
  outdated(): LinkId[] {
    return [...this.#links.values()].filter((link) => this.isOutdated(link)).map(({ id }) => id)
  }

  isOutdated({ connection: { credential } }: Link): boolean {
    return credential !== undefined && !this.#accepts(credential)
  }

  /** How many links were made with each credential, by its id: those that count, and those that do no more. */
  byCredential(): LinksByCredential {
    const [accepted, outdated] = [new Map<string, number>(), new Map<string, number>()]
    for (const link of this.#links.values()) {
      const { credential } = link.connection
      if (credential === undefined) continue
      const counts = this.isOutdated(link) ? outdated : accepted
      counts.set(credential.id, (counts.get(credential.id) ?? 0) + 1)
    }
    return { accepted, outdated }
  }
}
