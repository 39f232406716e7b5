// What this pod may do at present: who owns what, what is really here, and whether that can be believed. Brings the
// parts of placement together, and follows the view.
import { type Cluster, HandlerError } from '@rollcall/membership'
import { type Store, TOMBSTONE_MS } from '../store/store.ts'
import type { Time } from '../time.ts'
import { type Missed, refusalReasons } from '../wire/topics.ts'
import { Holdings } from './holdings.ts'
import { Ownership } from './ownership.ts'
import { type PodState, podStateOf, tell } from './pod-state.ts'
import { RollCall } from './roll-call.ts'
import { Routes } from './routes.ts'
import { Trust } from './trust.ts'

const RETRY_MS = 50
const INTRODUCED_MS = 500

export class Standing {
  readonly ownership: Ownership
  readonly holdings = new Holdings()
  readonly rollCall: RollCall
  readonly routes: Routes
  readonly trust: Trust
  readonly #cluster: Cluster
  readonly #store: Store
  /** To be called when partitions are missing. */
  readonly #fill: () => void
  readonly #time: Time
  readonly #replicas: number
  #isJoined = false
  #isClosed = false
  #isFilled = false
  #told: PodState | undefined
  /** The incarnation then. */
  #toldAt = -1

  constructor(cluster: Cluster, time: Time, store: Store, replicas: number, fill: () => void) {
    this.#cluster = cluster
    this.#time = time
    this.#store = store
    this.#fill = fill
    this.#replicas = replicas
    this.ownership = new Ownership(replicas)
    const { ownership, holdings } = this
    this.rollCall = new RollCall({
      ...{ cluster, time, ownership, holdings, store },
      owesTo: (member) => this.trust.owesTo(member),
      changed: () => this.#answered(),
    })
    this.routes = new Routes(ownership, this.rollCall, time)
    this.trust = new Trust({
      ...{ cluster, time },
      isJoined: () => this.#isJoined,
      isRival: (member) => ownership.rivals.has(member),
      doubt: () => this.#doubt(),
      distrust: (missed) => this.#distrust(missed),
    })
    cluster.on('view-changed', () => this.#follow())
    cluster.closed.then(() => {
      this.#isClosed = true
    })
  }

  /** Whether this pod has left. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** To be called once all is served. */
  start(): void {
    this.#follow()
    void this.#join()
  }

  /** Whether this pod has had all it owns, once. */
  get isFilled(): boolean {
    return this.#isFilled
  }

  /** Whether this pod answers for a partition: it has all that was ever acknowledged, and no reason to doubt it. */
  serves(partition: number): boolean {
    return this.holdings.serves(partition) && !this.rollCall.isDoubtful
  }

  /** Whether this pod may decide about writes: it serves the partition, and knows of all who must have them. */
  canWrite(partition: number): boolean {
    return this.serves(partition) && this.rollCall.isComplete
  }

  /** @throws HandlerError when the sender places keys otherwise: it has another view, and should ask again. */
  requireAgreement(id: string): void {
    if (id === this.ownership.id) return
    throw new HandlerError(refusalReasons.placementsDiffer, 'this pod has another view of the cluster')
  }

  /**
   * Whether all who stay have said that they hold what they own. The word of a pod that comes back may be from before it was
   * away: it counts once the pod has answered the roll call, which it does when it has heard that it has missed something.
   */
  get isSettled(): boolean {
    const { id, members } = this.ownership
    if (members.length === 0 || !this.rollCall.isComplete) return false
    return members.every(({ member }) => podStateOf(member)?.holds === id && !this.trust.owesTo(member))
  }

  /** Partitions may have been filled. */
  filled(): void {
    this.#tell()
  }

  /** Takes in the present view. */
  #follow(): void {
    const isNew = this.ownership.follow(this.#cluster.view)
    this.routes.changed()
    if (isNew) {
      this.holdings.follow((partition) => this.ownership.isOurs(partition))
      this.rollCall.restart()
    } else this.rollCall.follow()
    this.#tell()
    const isTold = podStateOf(this.#cluster.view.self) !== undefined
    if (this.#isJoined && isTold && this.ownership.rivals.goFirst) this.#standDown()
  }

  /**
   * Pods with another number of copies have been found, and they go first: what is here is nobody's any more, until they have
   * gone. Else there would be two placements for one key.
   */
  #standDown(): void {
    this.#isJoined = false
    this.#isFilled = false
    this.#store.clear()
    this.#distrust({ awayMs: 0, isSure: false })
    void this.#join()
  }

  #answered(): void {
    this.routes.changed()
    if (!this.rollCall.isComplete) return
    this.#fill()
    this.#tell()
    // What others own now may go once all of them have it.
    if (this.isSettled) this.holdings.release()
  }

  #doubt(): void {
    if (!this.#isJoined) return
    this.rollCall.doubt()
  }

  #distrust({ awayMs, isSure }: Pick<Missed, 'awayMs' | 'isSure'>): void {
    // What was deleted meanwhile would come back with us: nobody remembers it any more.
    if (isSure && awayMs > TOMBSTONE_MS / 2) this.#store.clear()
    this.holdings.distrust()
    this.rollCall.restart()
    this.#tell()
  }

  /**
   * A newcomer does not know yet whom to ask; until it does it owns nothing. Others that come at the same time are known
   * by then to have a cache, so that not each of them takes itself for the only one. Those of one number of copies alone join.
   */
  async #join(): Promise<void> {
    this.#tell()
    await this.#time.sleep(INTRODUCED_MS)
    while (!this.#isClosed && !this.#mayJoin) await this.#time.sleep(RETRY_MS)
    this.#isJoined = true
    this.#tell()
  }

  get #mayJoin(): boolean {
    return this.#cluster.readiness().reason !== 'not-joined' && !this.ownership.rivals.goFirst
  }

  /** Tells the others what this pod holds, when that has changed, or when the program has overwritten it. */
  #tell(): void {
    const { self } = this.#cluster.view
    const isOwner = this.ownership.members.some(({ member }) => member.isSelf)
    const holds = isOwner && this.holdings.missingCount === 0 ? this.ownership.id : null
    if (holds !== null) this.#isFilled = true
    const isLost = podStateOf(self) === undefined && self.incarnation !== this.#toldAt
    const isKnown = holds === this.#told?.holds && this.#isJoined === this.#told.isJoined
    if (isKnown && !isLost) return
    this.#told = { isJoined: this.#isJoined, holds, replicas: this.#replicas }
    this.#toldAt = self.incarnation
    tell(this.#cluster, this.#told)
  }
}
