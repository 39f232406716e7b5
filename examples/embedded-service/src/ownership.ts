// Who owns which key, by the present view: what ought to be. What this pod really has is in shards.ts.
import type { Member, View } from '@rollcall/membership'
import { diff, type Owner, type Placement, partitionOf, place, placementMembers } from '@rollcall/ring'
import type { PodState } from './topics.ts'

/** Owners of each key. With two, a pod that dies takes nothing with it. */
const COPIES = 2

type Pod = Member<PodState>

export class Ownership {
  /** Who owns what now. Pods that are leaving own their keys until they have left. */
  #now: Placement<Pod> = place<Pod>([])
  /** Who will, once those have left: heirs take over while there is somebody to take over from. */
  #next = this.#now
  #self = ''

  /** Takes in a view; returns the partitions that this pod has gained, and those it owns no longer. */
  follow(view: View<PodState>): { gained: number[]; lost: number[] } {
    const members = placementMembers(view)
    const before = this.#next
    this.#self = view.self.name
    this.#now = this.#now.with(members)
    this.#next = before.with(members.filter(({ leaving }) => !leaving))
    if (this.#next.id === before.id) return { gained: [], lost: [] }
    const { gained, lost } = diff(before, this.#next, COPIES).of(this.#self)
    const partitions = (moves: typeof lost) => moves.map(({ partition }) => partition)
    return {
      gained: partitions(gained),
      lost: partitions(lost).filter((partition) => !this.isOurs(partition)),
    }
  }

  /** Goes along with each message: two pods that name the same one send the same writes to the same pods. */
  get placementId(): string {
    return this.#next.id
  }

  /** All other pods, leaving ones included. */
  get others(): Pod[] {
    return this.#now.members.map(({ member }) => member).filter(({ isSelf }) => !isSelf)
  }

  /** The pods that stay. */
  get staying(): Pod[] {
    return this.#next.members.map(({ member }) => member)
  }

  /** The partitions that this pod owns once all that are leaving have left. */
  get partitions(): number[] {
    return this.#next.partitionsOf(this.#self, COPIES)
  }

  /** The pods that must have a key: its owners, and the heirs of those that leave. Doubtful ones are last. */
  ownersOf(key: string): Pod[] {
    return this.#ownersOf(partitionOf(key))
      .sort((a, b) => doubt(a) - doubt(b))
      .map(({ member }) => member)
  }

  isOurs(partition: number): boolean {
    return isAmong(this.#self, this.#ownersOf(partition))
  }

  #ownersOf(partition: number): Owner<Pod>[] {
    const { owners } = this.#now.ownersOf(partition, COPIES)
    const heirs = this.#next.ownersOf(partition, COPIES).owners
    return [...owners, ...heirs.filter(({ name }) => !isAmong(name, owners))]
  }
}

function isAmong(name: string, owners: readonly Owner[]): boolean {
  return owners.some((owner) => owner.name === name)
}

function doubt({ suspect, leaving }: Owner): number {
  return suspect || leaving ? 1 : 0
}
