// Who ought to have which keys, by the present view. What this pod really has is in holdings.ts.
import type { Member, View } from '@rollcall/membership'
import { type Owner, type Placement, partitionCount, place, placementMembers } from '@rollcall/ring'
import { podStateOf } from './pod-state.ts'
import { Rivals } from './rivals.ts'

export class Ownership {
  /** Pods that keep another number of copies: they count as pods without a cache. */
  readonly rivals: Rivals
  readonly #replicas: number
  #placement: Placement<Member> = place<Member>([])
  #others: readonly Member[] = []
  #ours = new Uint8Array(partitionCount)
  #id = ''

  constructor(replicas: number) {
    this.#replicas = replicas
    this.rivals = new Rivals(replicas)
  }

  /**
   * Equal on pods that place so many copies on the same lives of the same pods. Goes along with each message: whoever takes a
   * write under an id has agreed on who must have it.
   */
  get id(): string {
    return this.#id
  }

  /** All other pods with a cache, also those that are leaving, or have not found the others yet. */
  get others(): readonly Member[] {
    return this.#others
  }

  /** The pods that own keys: those that stay, once they have found the others. */
  get members(): readonly Owner<Member>[] {
    return this.#placement.members
  }

  /** How many pods must have a write. */
  get wanted(): number {
    return Math.min(this.#replicas, this.#placement.members.length)
  }

  /** Takes in a view; returns whether keys are placed otherwise now. */
  follow(view: View): boolean {
    const all = placementMembers(view).filter((member) => podStateOf(member) !== undefined)
    const pods = this.rivals.follow(all)
    this.#others = pods.filter(({ isSelf }) => !isSelf)
    this.#placement = this.#placement.with(pods.filter(staysAndOwns))
    const id = `${idOf(this.#placement)}-${this.#replicas}`
    if (id === this.#id) return false
    this.#id = id
    this.#ours = new Uint8Array(partitionCount)
    if (this.#placement.owner(view.self.name)) {
      for (const partition of this.#placement.partitionsOf(view.self.name, this.#replicas)) {
        this.#ours[partition] = 1
      }
    }
    return true
  }

  /** The first owner first. */
  ownersOf(partition: number): readonly Owner<Member>[] {
    return this.#placement.ownersOf(partition, this.#replicas).owners
  }

  isOurs(partition: number): boolean {
    return this.#ours[partition] === 1
  }
}

function staysAndOwns(member: Member): boolean {
  return !member.leaving && podStateOf(member)?.isJoined === true
}

/** A pod that has started again owns what it did before, but has lost it: so lives count. */
function idOf({ id, members }: Placement<Member>): string {
  const lives = members.map(({ member }) => member.instance).join(' ')
  return `${id}-${hash(lives)}`
}

/** FNV-1a. */
function hash(text: string): string {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return (h >>> 0).toString(16)
}
