// Tells the shell what messages of the application need to know: who is at the other end of a link, and which link is
// the one in use with whom. Said at the end of an input, once for all that it changed.
import { type Life, sameLife } from './identity.ts'
import type { LinkId } from './input.ts'
import type { LinkTable } from './link-table.ts'
import type { Outbox } from './outbox.ts'

export interface RouteParts {
  readonly links: LinkTable
  readonly outbox: Outbox
}

export class Routes {
  readonly #parts: RouteParts
  /** What was said last, by name. */
  readonly #told = new Map<string, { readonly peer: Life; readonly link: LinkId }>()

  constructor(parts: RouteParts) {
    this.#parts = parts
  }

  tell(): void {
    const { links, outbox } = this.#parts
    for (const link of links.takeMet()) {
      if (link.peer !== undefined && (link.phase === 'up' || link.phase === 'retiring')) {
        outbox.push({ type: 'linked', link: link.id, peer: link.peer })
      }
    }
    for (const name of links.takeRerouted()) this.#tellOne(name)
  }

  #tellOne(name: string): void {
    const { links, outbox } = this.#parts
    const told = this.#told.get(name)
    const link = links.current(name)
    const peer = link?.peer
    if (told !== undefined && (peer === undefined || !sameLife(told.peer, peer))) {
      this.#told.delete(name)
      outbox.push({ type: 'route', peer: told.peer, link: undefined })
    }
    if (link === undefined || peer === undefined) return
    if (told !== undefined && told.link === link.id && sameLife(told.peer, peer)) return
    this.#told.set(name, { peer, link: link.id })
    outbox.push({ type: 'route', peer, link: link.id })
  }
}
