// Gets a key, or has it loaded: at any time by one pod alone, which an owner of the key chooses. In one pod all callers
// share what comes of it.
import type { Cluster, Member } from '@rollcall/membership'
import { partitionOf } from '@rollcall/ring'
import type { Found, Loaded } from '../cache.ts'
import { CacheError, closed } from '../errors.ts'
import { argument, checkValue } from '../limits.ts'
import { checkTtl } from '../options.ts'
import type { Standing } from '../placement/standing.ts'
import type { HybridClock } from '../store/hybrid-clock.ts'
import type { Store } from '../store/store.ts'
import type { Time } from '../time.ts'
import type { Grant } from '../writes/write.ts'
import { type Ending, LoadKeeper, MAX_LOAD_MS, type Verdict } from './load-keeper.ts'
import { askTopic, endTopic } from './load-topics.ts'
import { late, Shared } from './shared.ts'
import { Teller } from './teller.ts'

const RETRY_MS = 20
const END_MS = 1000
const MAX_MESSAGE = 1000

export interface LoaderParts {
  readonly cluster: Cluster
  readonly time: Time
  readonly standing: Standing
  readonly store: Store
  readonly clock: HybridClock
  readonly get: (key: string, timeoutMs: number) => Promise<Found | undefined>
  /** Resolves with whether it was written. */
  readonly set: (key: string, value: Uint8Array, ttlMs: number, grant: Grant) => Promise<boolean>
}

/** What one caller wants. */
export interface Request {
  readonly key: string
  readonly loader: (key: string, signal: AbortSignal) => Promise<Loaded>
  readonly ttlMs: number
  /** In ms, as `Time.now` counts them. */
  readonly deadline: number
}

/** What came of a search. */
interface Outcome {
  readonly found: Found
  /** When it was read, or its load was granted, in `#turn`s. */
  readonly begunAt: number
  /** Whether it was loaded and is what is there. If not, something newer has come meanwhile. */
  readonly isStored: boolean
}

export class Loader {
  readonly #parts: LoaderParts
  readonly #keeper = new LoadKeeper((key) => this.#grant(key))
  readonly #teller: Teller
  readonly #shared = new Map<string, Shared<Outcome>>()
  /** Of loaders that run here. */
  readonly #running = new Set<AbortController>()
  #tokens = 0
  /** Counts what happens here: tells what came before what. */
  #turn = 0
  loads = 0

  constructor(parts: LoaderParts) {
    this.#parts = parts
    const { cluster, time } = parts
    this.#teller = new Teller(cluster, time)
    cluster.serve(askTopic, ({ key, token, date }, { from, signal }) => {
      signal.addEventListener('abort', () => this.#end(key, token, { type: 'released' }), { once: true })
      return this.#ask(key, token, from.instance, date)
    })
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
    for (const controller of this.#running) controller.abort(closed())
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
    shared.follow(this.#find(request, giveUp).finally(forget))
    return shared.wait(time, leftMs)
  }

  /** `giveUp` lets later callers search anew. */
  async #find(request: Request, giveUp: () => void): Promise<Outcome> {
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
      const { verdict, keeper } = await this.#await(request, token)
      if (standing.isClosed) throw closed()
      if (verdict.type === 'granted') {
        const end = (ending: Ending) => this.#endAt(keeper, request.key, token, ending)
        return this.#load(request, verdict.grant, end, giveUp)
      }
      if (verdict.type === 'failed') throw new CacheError('ERR_CACHE_LOAD', verdict.message)
      if (verdict.type === 'refused') await time.sleep(RETRY_MS)
    }
    throw late()
  }

  /** Waits for the verdict of the first owner that serves the key. */
  async #await(request: Request, token: string): Promise<{ verdict: Verdict; keeper?: Member }> {
    const { cluster, standing, time } = this.#parts
    const { key } = request
    for (const { member } of standing.ownership.ownersOf(partitionOf(key))) {
      const timeoutMs = Math.max(1, this.#leftMs(request))
      if (member.isSelf) {
        const verdict = await this.#askHere(key, token, timeoutMs)
        if (verdict.type !== 'refused') return { verdict }
        continue
      }
      try {
        const question = { key, token, date: time.date() }
        const verdict = await cluster.request(member, askTopic, question, { timeoutMs })
        if (verdict.type !== 'refused') return { verdict, keeper: member }
      } catch {
        // It is gone, or too slow; what it may have granted after all is given back.
        this.#teller.tell(member, key, token, { type: 'released' })
      }
    }
    return { verdict: { type: 'refused' } }
  }

  /** Runs the loader. What it gives is written also if nobody has waited for so long, unless something newer is there. */
  async #load(
    { key, loader, ttlMs }: Request,
    grant: Grant,
    end: (ending: Ending) => void,
    giveUp: () => void,
  ): Promise<Outcome> {
    const { get, set, time } = this.#parts
    const begunAt = ++this.#turn
    let ending: Ending = { type: 'released' }
    let isGivenUp = false
    const cancel = time.after(MAX_LOAD_MS, () => {
      isGivenUp = true
      giveUp()
      end({ type: 'released' })
    })
    try {
      const { value, ttlMs: ownTtlMs = ttlMs } = await this.#run(key, loader).catch((error: unknown) => {
        ending = { type: 'failed', message: messageOf(error) }
        throw new CacheError('ERR_CACHE_LOAD', messageOf(error), { cause: error })
      })
      const isWritten = !isGivenUp && (await set(key, value, ownTtlMs, grant))
      ending = { type: 'written' }
      const stored = isWritten ? await get(key, END_MS) : undefined
      const found = stored ?? { value, kept: value, expiresAtMs: undefined, version: 0, isStale: false }
      return { found, begunAt, isStored: stored !== undefined }
    } finally {
      cancel()
      if (!isGivenUp) end(ending)
    }
  }

  async #run(key: string, loader: Request['loader']): Promise<{ value: Uint8Array; ttlMs?: number }> {
    const loaded = await this.#call(key, loader)
    if (loaded instanceof Uint8Array) return { value: checkValue(loaded) }
    if (typeof loaded !== 'object' || loaded === null) {
      throw argument('what the loader gives', 'a Uint8Array, or an object with one as value', loaded)
    }
    const value = checkValue(loaded.value)
    return loaded.ttlMs === undefined ? { value } : { value, ttlMs: checkTtl('ttlMs', loaded.ttlMs) }
  }

  async #call(key: string, loader: Request['loader']): Promise<Loaded> {
    this.loads++
    const controller = new AbortController()
    this.#running.add(controller)
    try {
      return await loader(key, controller.signal)
    } finally {
      this.#running.delete(controller)
    }
  }

  /** As another pod would ask this one, and not for longer. */
  #askHere(key: string, token: string, timeoutMs: number): Promise<Verdict> {
    return new Promise((resolve) => {
      const cancel = this.#parts.time.after(timeoutMs, () => {
        this.#end(key, token, { type: 'released' })
        resolve({ type: 'refused' })
      })
      const { cluster, time } = this.#parts
      void this.#ask(key, token, cluster.view.self.instance, time.date()).then((verdict) => {
        cancel()
        resolve(verdict)
      })
    })
  }

  #ask(key: string, token: string, instance: string, date: number): Promise<Verdict> {
    const { standing, store, time } = this.#parts
    if (!standing.serves(partitionOf(key))) return Promise.resolve({ type: 'refused' })
    // Where the asker's clock is ahead of ours, it would ask for ever for what it takes for ended.
    if (store.peek(key)?.isLive(Math.max(date, time.date()))) return Promise.resolve({ type: 'written' })
    return new Promise((answer) => this.#keeper.ask(key, { token, instance, answer }, time.now()))
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

  #endAt(keeper: Member | undefined, key: string, token: string, ending: Ending): void {
    if (keeper === undefined) this.#end(key, token, ending)
    else this.#teller.tell(keeper, key, token, ending)
  }

  #leftMs({ deadline }: Request): number {
    return Math.ceil(deadline - this.#parts.time.now())
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof CacheError && error.code === 'ERR_CACHE_UNAVAILABLE'
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return `the loader has failed: ${message.slice(0, MAX_MESSAGE)}`
}
