// Gets a key, or has it loaded: at any time by one pod alone, which an owner of the key chooses. In one pod all callers
// share what comes of it.
import type { Cluster, Member } from '@rollcall/membership'
import { partitionOf } from '@rollcall/ring'
import type { Found } from '../cache.ts'
import { CacheError, closed } from '../errors.ts'
import type { Standing } from '../placement/standing.ts'
import type { HybridClock } from '../store/hybrid-clock.ts'
import type { Store } from '../store/store.ts'
import type { Time } from '../time.ts'
import type { Grant } from '../writes/write.ts'
import { verdictOf } from './asking.ts'
import { type Ending, LoadKeeper, MAX_LOAD_MS, type Verdict } from './load-keeper.ts'
import { askTopic, endTopic, type Question } from './load-topics.ts'
import { type LoadFunction, Runs } from './runs.ts'
import { late, Shared } from './shared.ts'
import { Teller } from './teller.ts'

const RETRY_MS = 20
/** A write of what was loaded takes no longer, so that others soon get their turn where it cannot be done. */
const WRITE_MS = 2000
/** What was written is read again within that. */
const READ_MS = 1000

export interface LoaderParts {
  readonly cluster: Cluster
  readonly time: Time
  readonly standing: Standing
  readonly store: Store
  readonly clock: HybridClock
  readonly get: (key: string, timeoutMs: number) => Promise<Found | undefined>
  /** Resolves with whether it was written. */
  readonly set: (
    key: string,
    value: Uint8Array,
    ttlMs: number,
    grant: Grant,
    timeoutMs: number,
  ) => Promise<boolean>
}

/** What one caller wants. */
export interface Request {
  readonly key: string
  readonly loader: LoadFunction
  readonly ttlMs: number
  /** In ms, as `Time.now` counts them. */
  readonly deadline: number
}

/** What came of a search. */
interface Outcome {
  readonly found: Found
  /** When it was read, or its load was granted, in `#turn`s. */
  readonly begunAt: number
  /** Whether it was loaded and is what is there. If not, something newer has come meanwhile, or it could not be written. */
  readonly isStored: boolean
}

/** Leave to load a key. */
interface Permit {
  readonly grant: Grant
  /** Tells the owner who has given it. */
  readonly end: (ending: Ending) => void
  /** Owners of which nothing has come. */
  readonly silent: readonly Member[]
}

/** What a search can do for those who wait for it. */
interface Search {
  /** Lets later callers search anew. */
  giveUp(): void
  /** Who cannot wait longer gets this. */
  offer(outcome: Outcome): void
}

export class Loader {
  readonly #parts: LoaderParts
  readonly #keeper = new LoadKeeper((key) => this.#grant(key))
  readonly #teller: Teller
  readonly #shared = new Map<string, Shared<Outcome>>()
  readonly #runs = new Runs()
  #tokens = 0
  /** Counts what happens here: tells what came before what. */
  #turn = 0

  constructor(parts: LoaderParts) {
    this.#parts = parts
    const { cluster, time } = parts
    this.#teller = new Teller(cluster, time)
    cluster.serve(askTopic, (question, { from, signal }) => this.#answer(question, from.instance, signal))
    cluster.serve(endTopic, ({ key, token, ending }) => {
      this.#end(key, token, ending)
      return null
    })
    const gone = ({ instance }: Member) => this.#keeper.gone(instance, time.now())
    cluster.on('member-failed', ({ member }) => gone(member))
    cluster.on('member-left', ({ member }) => gone(member))
    cluster.on('member-restarted', ({ previous }) => gone(previous))
    cluster.closed.then(() => this.#close())
  }

  /** How many loaders have run here. */
  get loads(): number {
    return this.#runs.count
  }

  /** Rejects with CacheError. */
  async getOrLoad(request: Request): Promise<Found> {
    const calledAt = ++this.#turn
    for (;;) {
      try {
        const { found, begunAt, isStored } = await this.#share(request)
        // Who has called after a delete must not be given what was loaded before it.
        if (isStored || begunAt > calledAt) return found
      } catch (error) {
        // Whoever came first may have had less time.
        if (!isUnavailable(error) || this.#leftMs(request) <= RETRY_MS) throw error
        await this.#parts.time.sleep(RETRY_MS)
      }
    }
  }

  /** This pod has left. Those who wait elsewhere ask the next owner. */
  #close(): void {
    this.#runs.abortAll(closed())
    for (const shared of this.#shared.values()) shared.fail(closed())
  }

  #share(request: Request): Promise<Outcome> {
    const { time } = this.#parts
    const { key } = request
    const leftMs = this.#leftMs(request)
    if (leftMs <= 0) return Promise.reject(late())
    const known = this.#shared.get(key)
    if (known !== undefined) return known.wait(time, leftMs)
    const shared = new Shared<Outcome>()
    const forget = () => {
      if (this.#shared.get(key) === shared) this.#shared.delete(key)
    }
    this.#shared.set(key, shared)
    const giveUp = () => {
      forget()
      shared.giveUp()
    }
    const offer = (outcome: Outcome) => shared.offer(outcome)
    shared.follow(this.#find(request, { giveUp, offer }).finally(forget))
    return shared.wait(time, leftMs)
  }

  async #find(request: Request, search: Search): Promise<Outcome> {
    const { get, standing, time } = this.#parts
    while (this.#leftMs(request) > 0) {
      const begunAt = ++this.#turn
      const found = await get(request.key, this.#leftMs(request))
      if (found !== undefined) return { found, begunAt, isStored: false }
      if (standing.isClosed) throw closed()
      if (standing.trust.isMinority) {
        throw new CacheError('ERR_CACHE_MINORITY', 'this pod is in a minority, where nothing is loaded')
      }
      const token = `${this.#parts.cluster.view.self.instance} ${++this.#tokens}`
      const { verdict, keeper, silent } = await this.#await(request, token)
      if (standing.isClosed) throw closed()
      if (verdict.type === 'granted' && keeper !== undefined) {
        const end = (ending: Ending) => this.#endAt(keeper, request.key, token, ending)
        return this.#load(request, { grant: verdict.grant, end, silent }, search)
      }
      if (verdict.type === 'failed') throw new CacheError('ERR_CACHE_LOAD', verdict.message)
      if (verdict.type !== 'written') await time.sleep(RETRY_MS)
    }
    throw late()
  }

  /** Waits for the verdict of the first owner that serves the key and lets hear of itself. */
  async #await(request: Request, token: string) {
    const { ownership } = this.#parts.standing
    const silent: Member[] = []
    for (const { member } of ownership.ownersOf(partitionOf(request.key))) {
      const verdict = await this.#ask(member, request, token)
      if (verdict === undefined) silent.push(member)
      else if (verdict.type !== 'refused') return { verdict, keeper: member, silent }
    }
    return { verdict: { type: 'refused' } as const, silent }
  }

  #ask(member: Member, request: Request, token: string): Promise<Verdict | undefined> {
    const { cluster, time } = this.#parts
    const { key } = request
    const ask = (timeoutMs: number) => {
      const question = { key, token, date: time.date() }
      if (member.isSelf) return this.#answer(question, member.instance)
      return cluster.request(member, askTopic, question, { timeoutMs })
    }
    const release = () => this.#endAt(member, key, token, { type: 'released' })
    return verdictOf({ time, ask, release }, Math.max(1, this.#leftMs(request)))
  }

  /** Runs the loader. What it gives is written also if nobody has waited for so long, unless something newer is there. */
  async #load({ key, loader, ttlMs }: Request, permit: Permit, search: Search): Promise<Outcome> {
    const begunAt = ++this.#turn
    const run = this.#runs.begin(key, loader)
    let ending: Ending = { type: 'released' }
    let isGivenUp = false
    const cancel = this.#parts.time.after(MAX_LOAD_MS, () => {
      isGivenUp = true
      run.abort(new CacheError('ERR_CACHE_UNAVAILABLE', 'the loader has taken over a minute'))
      search.giveUp()
      permit.end({ type: 'released' })
    })
    try {
      const loaded = await run.result.catch((error: CacheError) => {
        ending = { type: 'failed', message: error.message }
        throw error
      })
      const livesMs = loaded.ttlMs ?? ttlMs
      const unstored = { found: this.#unstored(loaded.value, livesMs), begunAt, isStored: false }
      if (isGivenUp) return unstored
      search.offer(unstored)
      const isWritten = await this.#write(key, loaded.value, livesMs, permit)
      if (isWritten !== undefined) ending = { type: 'written' }
      const found = isWritten ? await ifAvailable(this.#parts.get(key, READ_MS)) : undefined
      return found === undefined ? unstored : { found, begunAt, isStored: true }
    } finally {
      cancel()
      if (!isGivenUp) permit.end(ending)
    }
  }

  #unstored(value: Uint8Array, ttlMs: number): Found {
    const expiresAtMs = ttlMs === Number.POSITIVE_INFINITY ? undefined : this.#parts.time.date() + ttlMs
    return { value, expiresAtMs, version: 0, isStale: false }
  }

  /** Resolves with whether it was written; with undefined if the owners cannot be reached, or too few are left. */
  #write(key: string, value: Uint8Array, ttlMs: number, { grant, silent }: Permit) {
    for (const member of silent) this.#parts.standing.routes.slow(member)
    return ifAvailable(this.#parts.set(key, value, ttlMs, grant, WRITE_MS))
  }

  /** What this pod says to one that wants to load. `signal`: nobody waits for that any more. */
  #answer({ key, token, date }: Question, instance: string, signal?: AbortSignal): Promise<Verdict> {
    const { standing, store, time } = this.#parts
    if (!standing.serves(partitionOf(key))) return Promise.resolve({ type: 'refused' })
    // Where the asker's clock is ahead of ours, it would ask for ever for what it takes for ended.
    if (store.peek(key)?.isLive(Math.max(date, time.date()))) return Promise.resolve({ type: 'written' })
    return new Promise((answer) => {
      const waiter = { token, instance, answer }
      this.#keeper.ask(key, waiter, time.now())
      signal?.addEventListener('abort', () => this.#keeper.leave(key, waiter, time.now()), { once: true })
    })
  }

  #grant(key: string): Grant {
    const { clock, store } = this.#parts
    const basis = Math.max(store.peek(key)?.version ?? 0, store.invalidations.newest(key))
    clock.observe(basis)
    return { version: Math.max(clock.next(), basis + 1), basis }
  }

  #end(key: string, token: string, ending: Ending): void {
    this.#keeper.end(key, token, ending, this.#parts.time.now())
  }

  #endAt(keeper: Member, key: string, token: string, ending: Ending): void {
    if (keeper.isSelf) this.#end(key, token, ending)
    else this.#teller.tell(keeper, key, token, ending)
  }

  #leftMs({ deadline }: Request): number {
    return Math.ceil(deadline - this.#parts.time.now())
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof CacheError && error.code === 'ERR_CACHE_UNAVAILABLE'
}

/** Undefined where it cannot be done at present. */
function ifAvailable<T>(result: Promise<T>): Promise<T | undefined> {
  return result.catch((error: unknown) => {
    if (isUnavailable(error) || (error instanceof CacheError && error.code === 'ERR_CACHE_MINORITY')) {
      return undefined
    }
    throw error
  })
}
