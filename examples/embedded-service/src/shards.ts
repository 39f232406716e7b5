// Which pod owns what, and what this pod really has: follows the view, and pulls what it has gained.
import { setTimeout as sleep } from 'node:timers/promises'
import { ClosedError, type Cluster, HandlerError, type Member, MemberGoneError } from '@rollcall/membership'
import { diff, type Owner, type Placement, partitionOf, place, placementMembers } from '@rollcall/ring'
import type { Store } from './store.ts'
import { fields, missed, parseEntry, pull, refusals, text } from './topics.ts'

/** Owners of each key. With two, a pod that dies takes nothing with it. */
const COPIES = 2
const RETRY_MS = 50

/**
 * What each pod tells all others, as its metadata: for which placement it has everything it owns, null while it lacks
 * something. A pod that has just started says nothing.
 */
export interface PodState {
  readonly holds: string | null
}

export function parsePodState(metadata: unknown): PodState {
  const { holds } = fields(metadata)
  return { holds: holds === null ? null : text(holds) }
}

export class Shards {
  readonly #cluster: Cluster<PodState>
  readonly #store: Store
  /** Who owns what now. Pods that are leaving own their keys until they have left. */
  #now: Placement<Member<PodState>> = place<Member<PodState>>([])
  /** Who will, once those have left: heirs take over while there is somebody to take over from. */
  #next = this.#now
  /** Owned partitions of which others may have what this pod has not, and the count when that was found. */
  readonly #missing = new Map<number, number>()
  #count = 0
  #told: string | null | undefined
  #isPulling = false

  constructor(cluster: Cluster<PodState>, store: Store) {
    this.#cluster = cluster
    this.#store = store
    cluster.serve(pull, ({ partitions, placementId }) => this.#entries(partitions, placementId))
    cluster.serve(missed, () => this.#distrust())
    // After a partition both sides have written, or one has missed what the other wrote.
    cluster.on('member-recovered', ({ member, previous }) => {
      if (previous.state !== 'failed') return
      this.#distrust()
      cluster.request(member, missed, undefined).catch(() => {})
    })
    // Two clusters that have not met before.
    cluster.on('member-joined', ({ member }) => {
      if (member.metadata !== undefined) this.#distrust()
    })
    cluster.on('view-changed', () => this.#follow())
    this.#follow()
  }

  /** Goes along with each message: two pods that name the same one send the same writes to the same pods. */
  get placementId(): string {
    return this.#next.id
  }

  /** Whether this pod has had all it owns, once: ready to be asked. */
  get isFilled(): boolean {
    return this.#told !== undefined
  }

  /** The pods that must have a key: its owners, and the heirs of those that leave. Doubtful ones are last. */
  ownersOf(key: string): Owner<Member<PodState>>[] {
    const { owners } = this.#now.owners(key, COPIES)
    const heirs = this.#next.owners(key, COPIES).owners.filter(({ name }) => !isAmong(name, owners))
    return [...owners, ...heirs].sort((a, b) => doubt(a) - doubt(b))
  }

  owns(key: string): boolean {
    return this.#isOurs(partitionOf(key))
  }

  /** Whether this pod owns a key and has all that was ever acknowledged of it. */
  holds(key: string): boolean {
    return this.owns(key) && !this.#missing.has(partitionOf(key))
  }

  /** @throws HandlerError when the sender places keys otherwise: it has another view, and should ask again. */
  requireAgreement(placementId: string): void {
    if (placementId === this.placementId) return
    throw new HandlerError(refusals.placementsDiffer, 'this pod has another view of the cluster')
  }

  /** Resolves once those who stay have everything, or at the signal. */
  async handedOver(signal: AbortSignal): Promise<void> {
    for await (const _ of this.#cluster.changes({ signal })) if (this.#isSettled()) return
  }

  /** Takes in the present view. */
  #follow(): void {
    const { view } = this.#cluster
    const members = placementMembers(view)
    const before = this.#next
    this.#now = this.#now.with(members)
    this.#next = before.with(members.filter(({ leaving }) => !leaving))
    if (this.#next.id !== before.id) {
      const { gained, lost } = diff(before, this.#next, COPIES).of(view.self.name)
      for (const { partition } of lost) if (!this.#isOurs(partition)) this.#missing.delete(partition)
      this.#miss(gained.map(({ partition }) => partition))
    }
    // What went to others may go once all of them have it.
    if (this.#isSettled()) this.#store.retain((partition) => this.#isOurs(partition))
  }

  /** What this pod has of its own partitions may not be all: serves none of them before it has asked the others. */
  #distrust(): void {
    this.#miss(this.#next.partitionsOf(this.#cluster.view.self.name, COPIES))
  }

  #miss(partitions: readonly number[]): void {
    this.#count++
    for (const partition of partitions) this.#missing.set(partition, this.#count)
    this.#tell()
    void this.#pullMissing()
  }

  /** Pulls until nothing is missing. Partitions that were lost, and gained anew meanwhile, are pulled again. */
  async #pullMissing(): Promise<void> {
    if (this.#isPulling) return
    this.#isPulling = true
    // A newcomer does not know yet whom to ask.
    while (this.#cluster.readiness().reason === 'not-joined') await sleep(RETRY_MS, undefined, { ref: false })
    while (this.#missing.size > 0) {
      const wanted = new Map(this.#missing)
      const others = this.#now.members.filter(({ member }) => !member.isSelf)
      await Promise.all(others.map(({ member }) => this.#pullFrom(member, [...wanted.keys()])))
      for (const [partition, count] of wanted) {
        if (this.#missing.get(partition) === count) this.#missing.delete(partition)
      }
    }
    this.#isPulling = false
    this.#tell()
  }

  /**
   * Takes all that a pod has of these partitions. It answers once it places keys as we do, so what is written after its
   * answer is sent to us.
   */
  async #pullFrom(member: Member<PodState>, partitions: number[]): Promise<void> {
    for (;;) {
      try {
        const chunks = this.#cluster.stream(member, pull, { partitions, placementId: this.placementId })
        for await (const line of lines(chunks)) {
          const [key, entry] = JSON.parse(line)
          this.#store.take(text(key), parseEntry(entry))
        }
        return
      } catch (error) {
        if (error instanceof MemberGoneError || error instanceof ClosedError) return
        await sleep(RETRY_MS)
      }
    }
  }

  /** The other side of it. A chunk is sent when the reader has room for it. */
  async *#entries(partitions: readonly number[], placementId: string): AsyncGenerator<Uint8Array> {
    this.requireAgreement(placementId)
    for (const partition of partitions) {
      const entries = [...this.#store.entriesOf(partition)]
      if (entries.length > 0) yield Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
    }
  }

  /** Tells the others what this pod holds, when that has changed. */
  #tell(): void {
    const holds = this.#missing.size === 0 ? this.#next.id : null
    if (holds === this.#told || (holds === null && this.#told === undefined)) return
    this.#told = holds
    this.#cluster.setMetadata({ holds }).catch(() => {}) // Too late: it has left.
  }

  /** Whether all who stay have said that they hold their share. */
  #isSettled(): boolean {
    return this.#next.members.every(({ member }) => member.metadata?.holds === this.#next.id)
  }

  #isOurs(partition: number): boolean {
    const { name } = this.#cluster.view.self
    return [this.#now, this.#next].some((placement) =>
      isAmong(name, placement.ownersOf(partition, COPIES).owners),
    )
  }
}

function isAmong(name: string, owners: readonly Owner[]): boolean {
  return owners.some((owner) => owner.name === name)
}

function doubt({ suspect, leaving }: Owner): number {
  return suspect || leaving ? 1 : 0
}

async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const whole = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = whole.pop() ?? ''
    yield* whole
  }
}
