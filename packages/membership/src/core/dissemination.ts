// News waiting to ride on probes and acks: newer news about a name replaces older, and each item is sent a bounded
// number of times. It reaches those whom the direct send missed.
import { compareFacts, type Fact } from './fact.ts'
import type { Millis } from './identity.ts'

/** Facts carried by one frame at most. */
const MAX_PER_FRAME = 12

interface Item {
  readonly fact: Fact
  readonly addedAt: Millis
  /** Rises with each item. */
  readonly order: number
  sendsLeft: number
}

/** How often one item is sent: enough to reach all with high probability, as memberlist's retransmit limit. */
export function sendLimit(presentCount: number): number {
  return 4 * Math.ceil(Math.log10(presentCount + 1))
}

export class Dissemination {
  readonly #items = new Map<string, Item>()
  /**
   * The items by how often they may still be sent, in the order in which they were added; each moves down when it is
   * come across: a start of many leaves one of each, and few are looked at for one frame.
   */
  readonly #queues: Item[][] = []
  #added = 0

  /** Queues news; `sends` is how often it may be sent. */
  add(fact: Fact, sends: number, now: Millis): void {
    const former = this.#items.get(fact.name)
    if (former !== undefined) this.#remove(former)
    const item = { fact, addedAt: now, order: this.#added++, sendsLeft: sends }
    this.#items.set(fact.name, item)
    while (this.#queues.length <= sends) this.#queues.push([])
    this.#queues[sends]?.push(item)
  }

  /**
   * Another tells us that a member is alive, as we hold already: others spread it too, and each time half of what we
   * would still have sent is enough (rumours that lose interest: Demers et al., 1987). Doubts and ends are told on in
   * full, for there every member counts.
   */
  heardAgain(fact: Fact): void {
    const item = this.#items.get(fact.name)
    if (item === undefined || fact.state !== 'alive' || compareFacts(item.fact, fact) !== 0) return
    if (item.sendsLeft > 1) item.sendsLeft >>= 1
    else this.#remove(item)
  }

  /** Forgets all that waits. */
  clear(): void {
    this.#items.clear()
    this.#queues.length = 0
  }

  /** The freshest items for one frame, each counted as sent once. `skip` is the frame's receiver. */
  take(skip: string | undefined, now: Millis): Fact[] {
    if (this.#items.size === 0) return []
    const chosen = this.#freshest(skip)
    for (const item of chosen) {
      if (item.sendsLeft > 1) item.sendsLeft--
      else this.#remove(item)
    }
    return chosen.map(({ fact, addedAt }) =>
      fact.state === 'alive' ? fact : { ...fact, ageMs: fact.ageMs + (now - addedAt) },
    )
  }

  /** Those with most sends left; of equals, those that have waited longest. */
  #freshest(skip: string | undefined): Item[] {
    const chosen: Item[] = []
    for (let sends = this.#queues.length - 1; sends > 0; sends--) {
      const queue = this.#queues[sends] as Item[]
      let place = 0
      while (place < queue.length && chosen.length < MAX_PER_FRAME) {
        const item = queue[place] as Item
        if (item.sendsLeft < sends) {
          if (place === 0) queue.shift()
          else queue.splice(place, 1)
          const lower = this.#queues[item.sendsLeft] as Item[]
          lower.splice(placeOf(item, lower), 0, item)
          continue
        }
        place++
        if (item.fact.name !== skip || item.fact.state !== 'alive') chosen.push(item)
      }
    }
    return chosen
  }

  /** Takes an item out for good, from the queue where it was last come across. */
  #remove(item: Item): void {
    this.#items.delete(item.fact.name)
    for (let sends = this.#queues.length - 1; sends >= item.sendsLeft; sends--) {
      const queue = this.#queues[sends] as Item[]
      const place = placeOf(item, queue)
      if (queue[place] === item) queue.splice(place, 1)
    }
  }
}

/** Where an item stands, or would stand, in a queue. */
function placeOf({ order }: Item, queue: readonly Item[]): number {
  let low = 0
  let high = queue.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((queue[middle] as Item).order < order) low = middle + 1
    else high = middle
  }
  return low
}
