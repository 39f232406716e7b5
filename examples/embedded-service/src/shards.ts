// What this pod really has of the partitions it owns: pulls what it gains, serves pulls of others, and waits, before it
// leaves, until others have pulled what was here.
import { setTimeout as sleep } from 'node:timers/promises'
import { ClosedError, type Cluster, HandlerError, type Member, MemberGoneError } from '@rollcall/membership'
import { partitionOf } from '@rollcall/ring'
import { Ownership } from './ownership.ts'
import type { Store } from './store.ts'
import { missed, type PodState, parseLine, pull, refusals } from './topics.ts'

const RETRY_MS = 50

export class Shards {
  readonly #cluster: Cluster<PodState>
  readonly #store: Store
  readonly #ownership = new Ownership()
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
    // It has missed what was written meanwhile, or has written in a partition what we have missed.
    cluster.on('member-recovered', ({ member, previous }) => {
      if (previous.state !== 'failed') return
      this.#distrust()
      cluster.request(member, missed, undefined).catch(() => {})
    })
    // The others may have gone on without us, and this pod may hear that they did only later.
    cluster.on('isolated', ({ isolated }) => {
      if (!isolated) this.#distrust()
    })
    cluster.on('quorum-changed', ({ previous }) => {
      if (previous.state === 'minority') this.#distrust()
    })
    // Not a pod that has just started: two clusters have met.
    cluster.on('member-joined', ({ member }) => {
      if (member.metadata !== undefined) this.#distrust()
    })
    cluster.on('view-changed', () => this.#follow())
    this.#follow()
  }

  get placementId(): string {
    return this.#ownership.placementId
  }

  /** Whether this pod has had all it owns, once. */
  get isFilled(): boolean {
    return this.#told !== undefined
  }

  /** The pods that must have a key, best first to ask. */
  ownersOf(key: string): Member<PodState>[] {
    return this.#ownership.ownersOf(key)
  }

  owns(key: string): boolean {
    return this.#ownership.isOurs(partitionOf(key))
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
    const { gained, lost } = this.#ownership.follow(this.#cluster.view)
    for (const partition of lost) this.#missing.delete(partition)
    this.#miss(gained)
    // What went to others may go once all of them have it.
    if (this.#isSettled()) this.#store.retain((partition) => this.#ownership.isOurs(partition))
  }

  /** What is here may not be all: nothing is served before the others have been asked. */
  #distrust(): void {
    this.#miss(this.#ownership.partitions)
  }

  #miss(partitions: readonly number[]): void {
    this.#count++
    for (const partition of partitions) this.#missing.set(partition, this.#count)
    if (this.#missing.size > 0) void this.#pullMissing()
    this.#tell()
  }

  /** Pulls until nothing is missing. A partition that was lost and gained anew meanwhile is pulled again. */
  async #pullMissing(): Promise<void> {
    if (this.#isPulling) return
    this.#isPulling = true
    // A newcomer does not know yet whom to ask.
    while (this.#cluster.readiness().reason === 'not-joined') await sleep(RETRY_MS, undefined, { ref: false })
    while (this.#missing.size > 0) {
      const wanted = new Map(this.#missing)
      const partitions = [...wanted.keys()]
      await Promise.all(this.#ownership.others.map((member) => this.#pullFrom(member, partitions)))
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
        for await (const line of lines(chunks)) this.#store.take(...parseLine(line))
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
    const holds = this.#missing.size === 0 ? this.placementId : null
    if (holds === this.#told || (holds === null && !this.isFilled)) return
    this.#told = holds
    this.#cluster.setMetadata({ holds }).catch(() => {}) // It has left meanwhile.
  }

  /** Whether all who stay have said that they hold what they own. */
  #isSettled(): boolean {
    return this.#ownership.staying.every(({ metadata }) => metadata?.holds === this.placementId)
  }
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
