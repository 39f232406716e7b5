// News waiting to ride on probes and acks: newer news about a name replaces older, and each item is sent a bounded
// number of times. It reaches those whom the direct send missed.
import { compareFacts, type Fact } from './fact.ts'
import type { Millis } from './identity.ts'

/** Facts carried by one frame at most. */
const MAX_PER_FRAME = 12

interface Item {
  readonly fact: Fact
  readonly addedAt: Millis
  sendsLeft: number
}

/** How often one item is sent: enough to reach all with high probability, as memberlist's retransmit limit. */
export function sendLimit(presentCount: number): number {
  return 4 * Math.ceil(Math.log10(presentCount + 1))
}

export class Dissemination {
  readonly #items = new Map<string, Item>()

  /** Queues news; `sends` is how often it may be sent. */
  add(fact: Fact, sends: number, now: Millis): void {
    this.#items.delete(fact.name)
    this.#items.set(fact.name, { fact, addedAt: now, sendsLeft: sends })
  }

  /**
   * Another tells us that a member is alive, as we hold already: others spread it too, and each time half of what we
   * would still have sent is enough (rumours that lose interest: Demers et al., 1987). Doubts and ends are told on in
   * full, for there every member counts.
   */
  heardAgain(fact: Fact): void {
    const item = this.#items.get(fact.name)
    if (item === undefined || fact.state !== 'alive' || compareFacts(item.fact, fact) !== 0) return
    item.sendsLeft >>= 1
    if (item.sendsLeft === 0) this.#items.delete(fact.name)
  }

  /** Forgets all that waits. */
  clear(): void {
    this.#items.clear()
  }

  /** The freshest items for one frame, each counted as sent once. `skip` is the frame's receiver. */
  take(skip: string | undefined, now: Millis): Fact[] {
    if (this.#items.size === 0) return []
    const chosen = this.#freshest(skip)
    for (const item of chosen) {
      if (--item.sendsLeft <= 0) this.#items.delete(item.fact.name)
    }
    return chosen.map(({ fact, addedAt }) =>
      fact.state === 'alive' ? fact : { ...fact, ageMs: fact.ageMs + (now - addedAt) },
    )
  }

  /** Those with most sends left; of equals, those that have waited longest. */
  #freshest(skip: string | undefined): Item[] {
    const chosen: Item[] = []
    for (const item of this.#items.values()) {
      if (item.fact.name === skip && item.fact.state === 'alive') continue
      let place = Math.min(chosen.length, MAX_PER_FRAME)
      while (place > 0 && (chosen[place - 1] as Item).sendsLeft < item.sendsLeft) place--
      if (place === MAX_PER_FRAME) continue
      chosen.splice(place, 0, item)
      if (chosen.length > MAX_PER_FRAME) chosen.pop()
    }
    return chosen
  }
}
