// Asks all other pods, at each placement, whether they place keys in the same way, and what they have. When all have
// answered nobody acts on an older placement any more, and this pod knows who else must have a write.
import { ClosedError, type Cluster, HandlerError, type Member } from '@rollcall/membership'
import { partitionCount } from '@rollcall/ring'
import type { Excerpt } from '../invalidation/invalidations.ts'
import type { Store } from '../store/store.ts'
import type { Time } from '../time.ts'
import { type Presence, presenceTopic, refusalReasons } from '../wire/topics.ts'
import type { Holdings } from './holdings.ts'
import type { Ownership } from './ownership.ts'
import { PartitionSet } from './partition-set.ts'

const ASK_MS = 1000
const RETRY_MS = 10
const MAX_RETRY_MS = 100

/** What a pod has. */
export interface Answer {
  /** All of these. */
  readonly served: PartitionSet
  /** Something of these others. */
  readonly rest: PartitionSet
}

export interface RollCallParts {
  readonly cluster: Cluster
  readonly time: Time
  readonly ownership: Ownership
  readonly holdings: Holdings
  readonly store: Pick<Store, 'has' | 'invalidations' | 'invalidate'>
  /** Whether a pod has yet to be told that it has missed something. */
  readonly owesTo: (member: Member) => boolean
  /** An answer has come, or all are asked again. */
  readonly changed: () => void
}

export class RollCall {
  readonly #parts: RollCallParts
  /** By instance: the last ones, be they of an older round. */
  readonly #answers = new Map<string, Answer>()
  /** By instance: how many of its invalidations are known here. */
  readonly #heard = new Map<string, number>()
  /** Instances that have answered in this round. */
  #answered = new Set<string>()
  /** Rises when all have to be asked anew. */
  #round = 0
  #isComplete = false
  /** Nothing counts but answers to questions of this round: what came by itself may have waited while we were frozen. */
  #isDoubtful = false

  constructor(parts: RollCallParts) {
    this.#parts = parts
    const { cluster, ownership } = parts
    cluster.serve(presenceTopic, (presence, { from }) => {
      if (presence.id !== ownership.id || parts.owesTo(from)) {
        throw new HandlerError(refusalReasons.placementsDiffer, 'this pod has another view of the cluster')
      }
      const isAll = this.#hear(from, presence.invalidations)
      // Who asks has changed its view after us, perhaps: so nobody has to ask again and again.
      if (isAll && !this.#isDoubtful) this.#learn(from, presence)
      return this.#presence(presence.heard)
    })
  }

  /** Whether all other pods have answered, and none that keeps another number of copies may own keys. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  /** Whether this pod has yet to hear that the others see it as it does itself. */
  get isDoubtful(): boolean {
    return this.#isDoubtful
  }

  /** This pod may have been taken for dead: asks all again, and believes nothing until then. */
  doubt(): void {
    this.#isDoubtful = true
    this.restart()
  }

  /** What all have said may be so no more: asks them again. */
  restart(): void {
    this.#round++
    this.#answered = new Set()
    const presence = this.#presence()
    for (const member of this.#parts.ownership.others) void this.#ask(member, this.#round, presence)
    this.follow()
  }

  /** Takes in who is present: whoever is gone need not answer. */
  follow(): void {
    const { others, rivals } = this.#parts.ownership
    const present = new Set(others.map(({ instance }) => instance))
    for (const instance of this.#answers.keys()) if (!present.has(instance)) this.#answers.delete(instance)
    for (const instance of this.#heard.keys()) if (!present.has(instance)) this.#heard.delete(instance)
    this.#isComplete = !rivals.areJoined && others.every(({ instance }) => this.#answered.has(instance))
    if (this.#isComplete) this.#isDoubtful = false
    this.#parts.changed()
  }

  /** Whether a pod had all of a partition when it was asked. */
  serves(member: Member, partition: number): boolean {
    return this.#answers.get(member.instance)?.served.has(partition) ?? false
  }

  /** What a pod had of each partition when it was asked. */
  answerOf({ instance }: Member): Answer | undefined {
    return this.#answers.get(instance)
  }

  /** A pod serves nothing any more but what it owns. */
  released(member: Member): void {
    const answer = this.#answers.get(member.instance)
    if (answer === undefined) return
    this.#answers.set(member.instance, { ...answer, served: new PartitionSet() })
    this.#parts.changed()
  }

  async #ask(member: Member, round: number, first: Presence): Promise<void> {
    const { cluster, ownership, owesTo, time } = this.#parts
    let pauseMs = RETRY_MS
    let presence = first
    const isWanted = () =>
      round === this.#round && isAmong(member, ownership.others) && !this.#answered.has(member.instance)
    while (isWanted()) {
      try {
        // It must hear first that it has missed something.
        if (owesTo(member)) throw new Error('not told yet')
        const question = { ...presence, heard: this.#heard.get(member.instance) ?? 0 }
        const answer = await cluster.request(member, presenceTopic, question, { timeoutMs: ASK_MS })
        // If there are more it is asked again, at once.
        const isAll = this.#hear(member, answer.invalidations)
        if (isAll && isWanted() && answer.id === ownership.id) this.#learn(member, answer)
      } catch (error) {
        if (error instanceof ClosedError) return
        // Refused, or not reached. It may be so in a moment, or is gone.
        await time.sleep(pauseMs)
        pauseMs = Math.min(pauseMs * 2, MAX_RETRY_MS)
        presence = this.#presence()
      }
    }
  }

  /** Takes in what another pod has removed; returns whether it is all there is. */
  #hear({ instance }: Member, { from, to, end, invalidations }: Excerpt): boolean {
    this.#parts.store.invalidate(invalidations)
    const heard = this.#heard.get(instance) ?? 0
    const now = from <= heard ? Math.max(heard, to) : heard
    this.#heard.set(instance, now)
    return now >= end
  }

  #learn({ instance }: Member, presence: Presence): void {
    const [served, rest] = [PartitionSet.from(presence.served), PartitionSet.from(presence.rest)]
    this.#answers.set(instance, { served, rest })
    this.#answered.add(instance)
    this.follow()
  }

  /** `heard`: what the other pod knows of what was removed here; if that is not known, it is told of the last ones. */
  #presence(heard?: number): Presence {
    const { holdings, ownership, store } = this.#parts
    const served = new PartitionSet()
    const rest = new PartitionSet()
    for (let partition = 0; partition < partitionCount; partition++) {
      if (holdings.serves(partition)) served.add(partition)
      else if (store.has(partition)) rest.add(partition)
    }
    const sets = { served: served.toBytes(), rest: rest.toBytes() }
    const invalidations = heard === undefined ? store.invalidations.last() : store.invalidations.after(heard)
    return { id: ownership.id, ...sets, invalidations }
  }
}

function isAmong({ instance }: Member, members: readonly Member[]): boolean {
  return members.some((member) => member.instance === instance)
}
