// Pods that keep another number of copies than this one, by a slip: they place keys otherwise, so nothing is shared with them,
// and at any time those of one number alone may own keys. Pure: told of the pods, it says which number that is.
import type { Member } from '@rollcall/membership'
import { podStateOf } from './pod-state.ts'

/** The pods that keep one number of copies. */
interface Party {
  readonly replicas: number
  readonly pods: readonly Member[]
  readonly joined: number
}

export class Rivals {
  readonly #replicas: number
  /** That of this pod, and the first of the others; undefined if there is no other. */
  #parties: { readonly own: Party; readonly other: Party } | undefined
  #areJoined = false

  constructor(replicas: number) {
    this.#replicas = replicas
  }

  /** Takes in all pods with a cache; returns those that keep as many copies as this one. */
  follow(pods: readonly Member[]): Member[] {
    const ours = pods.filter((pod) => !this.has(pod))
    const byNumber = new Map<number, Member[]>()
    for (const pod of pods) {
      const replicas = podStateOf(pod)?.replicas
      if (replicas === undefined || replicas === this.#replicas) continue
      const theirs = byNumber.get(replicas)
      if (theirs === undefined) byNumber.set(replicas, [pod])
      else theirs.push(pod)
    }
    const others = [...byNumber].map(([replicas, theirs]) => partyOf(replicas, theirs))
    const [other] = others.toSorted(byRank)
    this.#parties = other && { own: partyOf(this.#replicas, ours), other }
    this.#areJoined = others.some(({ joined }) => joined > 0)
    return ours
  }

  /** Whether a pod is one of these. One that has told no number counts as one of ours. */
  has(member: Member): boolean {
    const replicas = podStateOf(member)?.replicas
    return replicas !== undefined && replicas !== this.#replicas
  }

  /** Whether any of them may own keys: until that is over nothing is written here. */
  get areJoined(): boolean {
    return this.#areJoined
  }

  /** Whether this pod has to keep out: the number that most of those who own keys have goes first. */
  get goFirst(): boolean {
    return this.#parties !== undefined && byRank(this.#parties.other, this.#parties.own) < 0
  }

  /** Who they are, in words; undefined if there are none. */
  get text(): string | undefined {
    if (this.#parties === undefined) return undefined
    const { pods, replicas } = this.#parties.other
    const verb = pods.length > 1 ? ` (and ${pods.length - 1} more) keep` : ' keeps'
    return `${pods[0]?.name}${verb} ${copies(replicas)} of each key, this pod ${this.#replicas}: REPLICAS (the option replicas) must be the same in all pods.`
  }
}

function partyOf(replicas: number, pods: readonly Member[]): Party {
  return { replicas, pods, joined: pods.filter((pod) => podStateOf(pod)?.isJoined).length }
}

/** Who owns keys already goes first; then the more; then whose first name is lower. So pods that see the same choose the same. */
function byRank(a: Party, b: Party): number {
  return b.joined - a.joined || b.pods.length - a.pods.length || (nameOf(a) < nameOf(b) ? -1 : 1)
}

function nameOf({ pods }: Party): string {
  return pods[0]?.name ?? ''
}

function copies(count: number): string {
  return count === 1 ? '1 copy' : `${count} copies`
}
