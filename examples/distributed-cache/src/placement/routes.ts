// Whom to ask for a partition, and who must have what is written in it. Worked out for a partition when it is first
// needed, and kept until something changes: it is looked up for every key.
import type { Member } from '@rollcall/membership'
import { partitionCount } from '@rollcall/ring'
import type { Time } from '../time.ts'
import type { Ownership } from './ownership.ts'
import { podStateOf } from './pod-state.ts'
import type { RollCall } from './roll-call.ts'

/** A pod that was late with an answer is asked last for so long. */
const SLOW_MS = 1000

/** The other pods that concern a partition. */
export interface Route {
  /** Those that may have it, best to ask first. */
  readonly sources: readonly Member[]
  /** Those that must have each write: the owners, and whoever serves it still. */
  readonly targets: readonly Member[]
  /** One of these may not answer for long. */
  readonly isSlow: boolean
}

export class Routes {
  readonly #ownership: Ownership
  readonly #rollCall: Pick<RollCall, 'serves'>
  readonly #time: Time
  /** Instances. */
  readonly #slow = new Set<string>()
  #routes = new Array<Route | undefined>(partitionCount)
  #isFresh = true

  constructor(ownership: Ownership, rollCall: Pick<RollCall, 'serves'>, time: Time) {
    this.#ownership = ownership
    this.#rollCall = rollCall
    this.#time = time
  }

  /** The view has changed, or what is known of the others. */
  changed(): void {
    if (this.#isFresh) return
    this.#routes = new Array<Route | undefined>(partitionCount)
    this.#isFresh = true
  }

  of(partition: number): Route {
    return this.#routes[partition] ?? this.#find(partition)
  }

  /** A pod is late: others are asked first for a while, long before it is suspected. */
  slow({ instance }: Member): void {
    if (this.#slow.has(instance)) return
    this.#slow.add(instance)
    this.changed()
    void this.#time.sleep(SLOW_MS).then(() => {
      this.#slow.delete(instance)
      this.changed()
    })
  }

  #find(partition: number): Route {
    const owners = this.#ownership.ownersOf(partition).map(({ member }) => member)
    const isOwner = ({ instance }: Member) => owners.some((owner) => owner.instance === instance)
    const former = this.#ownership.others.filter(
      (member) => !isOwner(member) && this.#rollCall.serves(member, partition),
    )
    const targets = [...owners, ...former].filter(({ isSelf }) => !isSelf)
    const sources = targets.toSorted((a, b) => this.#doubt(a, partition) - this.#doubt(b, partition))
    const isSlow = targets.some((member) => this.#isSlow(member))
    const route = { sources, targets, isSlow }
    this.#routes[partition] = route
    this.#isFresh = false
    return route
  }

  #isSlow({ instance, state }: Member): boolean {
    return state === 'suspect' || this.#slow.has(instance)
  }

  /** How bad a choice it is to ask. */
  #doubt(member: Member, partition: number): number {
    const holds = podStateOf(member)?.holds === this.#ownership.id || this.#rollCall.serves(member, partition)
    return (this.#isSlow(member) ? 4 : 0) + (holds ? 0 : 2) + (member.leaving ? 1 : 0)
  }
}
