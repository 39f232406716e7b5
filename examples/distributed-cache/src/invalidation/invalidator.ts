// Removes all keys with a prefix in all pods: asks all how far their clocks are, so that the removal comes after all that
// was acknowledged, and then has all remove what is older than that.
import { type Cluster, HandlerError, type Member, topic } from '@rollcall/membership'
import { partitionCount } from '@rollcall/ring'
import { CacheError, closed } from '../errors.ts'
import type { NearCache } from '../near/near-cache.ts'
import type { Standing } from '../placement/standing.ts'
import type { HybridClock } from '../store/hybrid-clock.ts'
import type { Store } from '../store/store.ts'
import type { Time } from '../time.ts'
import { fields, text, whole } from '../wire/checks.ts'
import { refusalReasons } from '../wire/topics.ts'
import { type Invalidation, MAX_KEPT } from './invalidations.ts'

const RETRY_MS = 20
const ASK_MS = 1000
/** The loop is given back after so many partitions. */
const SLICE = 64

const clockTopic = topic<string, number>('cache.clock', { validate: text, validateResponse: whole })

interface Order extends Invalidation {
  /** By which placement: a pod that comes meanwhile could otherwise be left out. */
  readonly id: string
}

/** Answered with how many entries were removed, each counted by one pod. */
const orderTopic = topic<Order, number>('cache.invalidate', {
  validate: (body) => {
    const order = fields(body)
    return { id: text(order.id), prefix: text(order.prefix), version: whole(order.version) }
  },
  validateResponse: whole,
})

export interface InvalidatorParts {
  readonly cluster: Cluster
  readonly time: Time
  readonly standing: Standing
  readonly store: Store
  readonly clock: HybridClock
  readonly near: NearCache | undefined
}

export class Invalidator {
  readonly #parts: InvalidatorParts

  constructor(parts: InvalidatorParts) {
    this.#parts = parts
    const { cluster, clock, standing } = parts
    cluster.serve(clockTopic, (id) => {
      standing.requireAgreement(id)
      return clock.next()
    })
    cluster.serve(orderTopic, (order) => this.#obey(order))
  }

  /** Rejects with CacheError unless all have done so by the deadline. */
  async invalidate(prefix: string, deadline: number): Promise<number> {
    const { standing, store, time } = this.#parts
    if (store.invalidations.isFullFor(prefix)) {
      const text = `${MAX_KEPT} prefixes were removed within 11 minutes, which is the most; nothing was done`
      throw new CacheError('ERR_CACHE_UNAVAILABLE', text)
    }
    while (time.now() < deadline) {
      if (standing.isClosed) throw closed()
      if (standing.trust.isMinority) {
        throw new CacheError('ERR_CACHE_MINORITY', 'this pod is in a minority, where nothing is removed')
      }
      const count = await this.#try(prefix, deadline).catch(() => undefined)
      if (count !== undefined) return count
      await time.sleep(RETRY_MS)
    }
    throw new CacheError('ERR_CACHE_UNAVAILABLE', 'not all pods have removed the keys in time; some may have')
  }

  async #try(prefix: string, deadline: number): Promise<number> {
    const { clock, cluster, standing, time } = this.#parts
    const { id, others } = standing.ownership
    if (!standing.rollCall.isComplete) throw new HandlerError(refusalReasons.notYet, 'not all pods agree')
    const options = { timeoutMs: Math.max(1, Math.min(ASK_MS, deadline - time.now())) }
    const ask = (member: Member) => cluster.request(member, clockTopic, id, options)
    const highest = Math.max(clock.next(), ...(await Promise.all(others.map(ask))))
    const order = { id, prefix, version: highest + 1 }
    const tell = (member: Member) => cluster.request(member, orderTopic, order, options)
    const counts = await Promise.all([this.#obey(order), ...others.map(tell)])
    standing.requireAgreement(id)
    return counts.reduce((sum, count) => sum + count, 0)
  }

  async #obey({ id, prefix, version }: Order): Promise<number> {
    const { clock, near, standing, store } = this.#parts
    standing.requireAgreement(id)
    if (!clock.isCredible(version)) throw new HandlerError('AHEAD', 'a version is too far ahead of the clock')
    clock.observe(version)
    store.invalidate([{ prefix, version }])
    near?.clear()
    store.searches++
    const count = await this.#remove().finally(() => {
      store.searches--
    })
    standing.requireAgreement(id)
    return count
  }

  async #remove(): Promise<number> {
    const { store, time } = this.#parts
    let count = 0
    for (let partition = 0; partition < partitionCount; partition++) {
      if (partition % SLICE === SLICE - 1) await new Promise<void>((resolve) => time.defer(resolve))
      const removed = store.removeInvalid(partition)
      if (removed > 0 && this.#isCounter(partition)) count += removed
    }
    return count
  }

  /** Of all that have a partition one counts. */
  #isCounter(partition: number): boolean {
    const { ownership } = this.#parts.standing
    return !ownership.isOurs(partition) || ownership.ownersOf(partition)[0]?.member.isSelf === true
  }
}
