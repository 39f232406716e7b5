// Two processes' sessions and links between them that carry frames only when a test says so.
import type { Life } from '../../src/core/identity.ts'
import type { Body, Item } from '../../src/messages/item.ts'
import type { Session } from '../../src/messages/session.ts'
import { Sessions } from '../../src/messages/sessions.ts'

export const none: Body = { kind: 'none', bytes: new Uint8Array(0) }

/** A body of so many bytes, each of them `fill`. */
export function binary(bytes: number, fill = 1): Body {
  return { kind: 'binary', bytes: new Uint8Array(bytes).fill(fill) }
}

/** A message that one can tell from others. */
export function message(topic: string, body: Body = none): Item {
  return { type: 'send', topic, body }
}

/** One process. */
export class End {
  readonly life: Life
  readonly sessions: Sessions
  /** What its sessions have told, in order. */
  readonly told: string[] = []
  readonly items: Item[] = []
  readonly counted = new Map<string, number>()
  /** Called with each item. */
  onItem: (session: Session, item: Item) => void = () => {}
  #later: (() => void)[] = []

  constructor(name: string) {
    this.life = { name, generation: 1, instance: `${name}-1` }
    this.sessions = new Sessions({
      later: (run) => void this.#later.push(run),
      count: (what, by = 1) => void this.counted.set(what, (this.counted.get(what) ?? 0) + by),
      handlers: {
        received: (session, item) => {
          this.items.push(item)
          this.told.push('topic' in item ? item.topic : `${item.type} ${item.id}`)
          this.onItem(session, item)
        },
        writable: () => void this.told.push('writable'),
        broken: () => void this.told.push('broken'),
        linkChanged: ({ isLinked }) => void this.told.push(isLinked ? 'linked' : 'unlinked'),
        ended: () => void this.told.push('ended'),
      },
    })
  }

  /** The end of a turn of the event loop. */
  turn(): void {
    const due = this.#later
    this.#later = []
    for (const run of due) run()
  }
}

/** One way of a link. */
export interface Way {
  /** What was sent and has not arrived. */
  readonly frames: Uint8Array[]
  isCut: boolean
}

/** Two ends and the links between them. */
export class TwoEnds {
  readonly a = new End('a')
  readonly b = new End('b')
  readonly #ways = new Map<string, Way>()
  readonly faults: string[] = []

  /** The session of one end with the other. */
  session(from: 'a' | 'b'): Session {
    const session = this[from].sessions.get(other(from))
    if (session === undefined) throw new Error('there is no session')
    return session
  }

  way(from: 'a' | 'b', link: number): Way {
    const way = this.#ways.get(`${from}${link}`)
    if (way === undefined) throw new Error('there is no such link')
    return way
  }

  /** Opens a link; both say hello at once, unless told otherwise. */
  open(link: number, isGreeted: { a: boolean; b: boolean } = { a: true, b: true }): void {
    for (const from of ['a', 'b'] as const) {
      const way: Way = { frames: [], isCut: false }
      this.#ways.set(`${from}${link}`, way)
      this[from].sessions.opened(link, {
        send: (frame) => void way.frames.push(frame),
        cut: () => {
          way.isCut = true
        },
      })
    }
    if (isGreeted.a) this.greet('a', link)
    if (isGreeted.b) this.greet('b', link)
  }

  /** The hello of the other arrives at `at`. */
  greet(at: 'a' | 'b', link: number): void {
    this[at].sessions.linked(link, this[other(at)].life)
  }

  /** An end uses a link, or none. */
  route(from: 'a' | 'b', link: number | undefined): void {
    this[from].sessions.routed(this[other(from)].life, link)
  }

  /** Frames of a link arrive: all, or the first `count`. */
  deliver(from: 'a' | 'b', link: number, count = Number.POSITIVE_INFINITY): void {
    const { frames } = this.way(from, link)
    for (let i = 0; i < count && frames.length > 0; i++) {
      const fault = this[other(from)].sessions.received(link, frames.shift() as Uint8Array)
      if (fault !== undefined) this.faults.push(`${fault.kind}: ${fault.message}`)
    }
  }

  /** Everything arrives, and is answered, until nothing is left. */
  settle(...links: number[]): void {
    for (let isBusy = true; isBusy; ) {
      this.a.turn()
      this.b.turn()
      isBusy = false
      for (const link of links) {
        for (const from of ['a', 'b'] as const) {
          if (this.way(from, link).frames.length === 0) continue
          isBusy = true
          this.deliver(from, link)
        }
      }
    }
  }
}

function other(end: 'a' | 'b'): 'a' | 'b' {
  return end === 'a' ? 'b' : 'a'
}

/** Two ends with one link in use. */
export function linked(): TwoEnds {
  const ends = new TwoEnds()
  ends.open(1)
  ends.route('a', 1)
  ends.route('b', 1)
  ends.settle(1)
  return ends
}
