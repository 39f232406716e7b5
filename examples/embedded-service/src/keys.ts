// Reads and writes: any pod takes a request, and an owner of the key answers it, at most one hop away.
import { setTimeout as sleep } from 'node:timers/promises'
import {
  ClosedError,
  type Cluster,
  HandlerError,
  type Member,
  RemoteError,
  RollcallError,
} from '@rollcall/membership'
import type { Shards } from './shards.ts'
import { isSame, type Store } from './store.ts'
import {
  type Answer,
  ask,
  type Copy,
  copy,
  type Entry,
  type PodState,
  type Question,
  refusals,
} from './topics.ts'

/** Each request ends within that time. */
const REQUEST_MS = 5000
/** A read asks the next owner after that. */
const READ_MS = 1000
const RETRY_MS = 20

/** What a client asks for: a read if `value` is null. */
type Request = Pick<Question, 'key' | 'value'>

export class Keys {
  readonly #cluster: Cluster<PodState>
  readonly #shards: Shards
  readonly #store: Store

  constructor(cluster: Cluster<PodState>, shards: Shards, store: Store) {
    this.#cluster = cluster
    this.#shards = shards
    this.#store = store
    cluster.serve(ask, (question, { deadline = Date.now() + REQUEST_MS }) => {
      this.#requireHeld(question)
      return this.#answer(question, deadline)
    })
    cluster.serve(copy, (write) => {
      shards.requireAgreement(write.placementId)
      return store.write(write)
    })
  }

  /** Answers here if it can, else asks the owners, until one answers or the time is over. */
  async request(request: Request): Promise<Answer> {
    const deadline = Date.now() + REQUEST_MS
    for (;;) {
      if (this.#shards.holds(request.key)) return this.#answer(request, deadline)
      let last: unknown = new HandlerError(refusals.notYet, 'no other owner of the key is known')
      for (const member of this.#shards.ownersOf(request.key)) {
        if (member.isSelf) continue
        try {
          return await this.#forward(member, request, deadline)
        } catch (error) {
          if (!mayAskAgain(request, error)) throw error
          last = error
        }
      }
      await pause(deadline, last)
    }
  }

  /** The one hop. */
  async #forward(member: Member<PodState>, request: Request, deadline: number): Promise<Answer> {
    const leftMs = Math.max(1, deadline - Date.now())
    const timeoutMs = request.value === null ? Math.min(leftMs, READ_MS) : leftMs
    const question = { ...request, placementId: this.#shards.placementId }
    const { entry, path } = await this.#cluster.request(member, ask, question, { timeoutMs })
    return { entry, path: [this.#cluster.view.self.name, ...path] }
  }

  /** A forwarded request is answered or refused, never passed on. */
  #requireHeld({ key, placementId }: Question): void {
    if (this.#shards.holds(key)) return
    if (this.#shards.owns(key))
      throw new HandlerError(refusals.notYet, 'not all of its partition is here yet')
    this.#shards.requireAgreement(placementId)
    throw new HandlerError(refusals.notOwner, 'the asker ought to know that this pod does not own the key')
  }

  async #answer({ key, value }: Request, deadline: number): Promise<Answer> {
    const entry = value === null ? this.#store.get(key) : await this.#write(key, value, deadline)
    return { entry: entry ?? null, path: [this.#cluster.view.self.name] }
  }

  /**
   * Acknowledges a write when all owners have it, and place the key as this pod does. This pod takes it last: when it
   * was frozen for long, and has not heard yet what was written meanwhile, the others refuse it.
   */
  async #write(key: string, value: string, deadline: number): Promise<Entry> {
    const previous = this.#store.get(key)?.version ?? 0
    const version = Math.max(Date.now(), previous + 1)
    const write = { key, entry: { value, version, by: this.#cluster.view.self.name }, previous }
    while (!(await this.#copyToOthers(write, deadline))) await pause(deadline, UNAVAILABLE)
    const known = this.#store.write(write)
    if (isSame(known, write.entry)) return known
    // Two at the same time. The others have ours, so let the newer one be everywhere.
    this.#store.take(key, write.entry)
    throw conflict()
  }

  /** False if it has to be tried again: to repeat a copy does no harm. Throws if another write came in between. */
  async #copyToOthers(write: Omit<Copy, 'placementId'>, deadline: number): Promise<boolean> {
    // Those on the other side of a partition would go on without it.
    if (this.#cluster.quorum.state === 'minority') return false
    const { placementId } = this.#shards
    const timeoutMs = Math.max(1, deadline - Date.now())
    const others = this.#shards.ownersOf(write.key).filter(({ isSelf }) => !isSelf)
    const requests = others.map((member) =>
      this.#cluster.request(member, copy, { ...write, placementId }, { timeoutMs }),
    )
    try {
      for (const known of await Promise.all(requests)) {
        if (isSame(known, write.entry)) continue
        this.#store.take(write.key, known)
        throw conflict()
      }
    } catch (error) {
      if (!(error instanceof RollcallError) || error instanceof ClosedError) throw error
      return false
    }
    // Else others own it by now, too, or one has started again with what it could pull from here.
    const owners = this.#shards.ownersOf(write.key).filter(({ isSelf }) => !isSelf)
    const isAmong = ({ instance }: Member) => others.some((other) => other.instance === instance)
    return placementId === this.#shards.placementId && owners.every(isAmong)
  }
}

const UNAVAILABLE = new HandlerError('UNAVAILABLE', 'not all owners of the key can be reached')

function conflict(): HandlerError {
  return new HandlerError('CONFLICT', 'another write of this key came in between')
}

/** Whether another try can only help. A write that may have been done is not repeated: a newer one may be there. */
function mayAskAgain({ value }: Request, error: unknown): boolean {
  if (error instanceof RemoteError) return Object.values<unknown>(refusals).includes(error.remoteCode)
  if (!(error instanceof RollcallError) || error instanceof ClosedError) return false
  return value === null || !('mayHaveRun' in error && error.mayHaveRun)
}

/** Waits before another try; throws `error` if there is no time for one. */
async function pause(deadline: number, error: unknown): Promise<void> {
  if (Date.now() + RETRY_MS >= deadline) throw error
  await sleep(RETRY_MS)
}
