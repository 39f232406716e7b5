// Gets a key, or has it loaded: at any time by one pod alone, which an owner of the key chooses. In one pod all callers
// share what comes of it.
import { ClosedError, type Cluster, type Member, MemberGoneError } from '@rollcall/membership'
import { partitionOf } from '@rollcall/ring'
import type { Found, Loaded } from '../cache.ts'
import { CacheError, closed } from '../errors.ts'
import { argument, checkValue } from '../limits.ts'
import { checkTtl } from '../options.ts'
import type { Standing } from '../placement/standing.ts'
import type { Store } from '../store/store.ts'
import type { Time } from '../time.ts'
import { type Ending, LoadKeeper, type Verdict } from './load-keeper.ts'
import { askTopic, endTopic } from './load-topics.ts'

const RETRY_MS = 20
const END_MS = 1000
const MAX_MESSAGE = 1000

export interface LoaderParts {
  readonly cluster: Cluster
  readonly time: Time
  readonly standing: Standing
  readonly store: Store
  readonly get: (key: string, timeoutMs: number) => Promise<Found | undefined>
  readonly set: (key: string, value: Uint8Array, ttlMs: number) => Promise<unknown>
}

/** What one caller wants. */
export interface Request {
  readonly key: string
  readonly loader: (key: string) => Promise<Loaded>
  readonly ttlMs: number
  /** In ms since 1970. */
  readonly deadline: number
}

export class Loader {
  readonly #parts: LoaderParts
  readonly #keeper = new LoadKeeper()
  readonly #shared = new Map<string, Promise<Found>>()
  #tokens = 0
  loads = 0

  constructor(parts: LoaderParts) {
    this.#parts = parts
    const { cluster, time } = parts
    cluster.serve(askTopic, ({ key, token }, { from, signal }) => {
      signal.addEventListener('abort', () => this.#end(key, token, { type: 'released' }), { once: true })
      return this.#ask(key, token, from.instance)
    })
    cluster.serve(endTopic, ({ key, token, ending }) => {
      this.#end(key, token, ending)
      return null
    })
    const gone = ({ instance }: Member) => this.#keeper.gone(instance, time.now())
    cluster.on('member-failed', ({ member }) => gone(member))
    cluster.on('member-left', ({ member }) => gone(member))
    cluster.on('member-restarted', ({ previous }) => gone(previous))
  }

  /** Rejects with CacheError. */
  async getOrLoad(request: Request): Promise<Found> {
    for (;;) {
      try {
        return await this.#share(request)
      } catch (error) {
        // Whoever came first may have had less time.
        if (!isUnavailable(error) || this.#leftMs(request) <= RETRY_MS) throw error
        await this.#parts.time.sleep(RETRY_MS)
      }
    }
  }

  #share(request: Request): Promise<Found> {
    const shared = this.#shared.get(request.key)
    if (shared !== undefined) return shared
    const own = this.#find(request).finally(() => this.#shared.delete(request.key))
    this.#shared.set(request.key, own)
    return own
  }

  async #find(request: Request): Promise<Found> {
    const { get, standing, time } = this.#parts
    while (this.#leftMs(request) > 0) {
      const found = await get(request.key, this.#leftMs(request))
      if (found !== undefined) return found
      if (standing.isClosed) throw closed()
      if (standing.trust.isMinority) {
        throw new CacheError('ERR_CACHE_MINORITY', 'this pod is in a minority, where nothing is loaded')
      }
      const token = `${this.#parts.cluster.view.self.instance} ${++this.#tokens}`
      const { verdict, keeper } = await this.#await(request, token)
      if (verdict.type === 'granted') return this.#load(request, token, keeper)
      if (verdict.type === 'failed') throw new CacheError('ERR_CACHE_LOAD', verdict.message)
      if (verdict.type === 'refused') await time.sleep(RETRY_MS)
    }
    throw new CacheError('ERR_CACHE_UNAVAILABLE', 'the key was not loaded in time')
  }

  /** Waits for the verdict of the first owner that serves the key. */
  async #await({ key, deadline }: Request, token: string): Promise<{ verdict: Verdict; keeper?: Member }> {
    const { cluster, standing, time } = this.#parts
    for (const { member } of standing.ownership.ownersOf(partitionOf(key))) {
      if (member.isSelf) {
        const verdict = await this.#ask(key, token, member.instance)
        if (verdict.type !== 'refused') return { verdict }
        continue
      }
      try {
        const timeoutMs = Math.max(1, deadline - time.now())
        const verdict = await cluster.request(member, askTopic, { key, token }, { timeoutMs })
        if (verdict.type !== 'refused') return { verdict, keeper: member }
      } catch {
        // It is gone, or too slow; what it may have granted after all is given back.
        void this.#tell(member, key, token, { type: 'released' })
      }
    }
    return { verdict: { type: 'refused' } }
  }

  /** Runs the loader. What it gives is written also if nobody has waited for so long. */
  async #load({ key, loader, ttlMs }: Request, token: string, keeper: Member | undefined): Promise<Found> {
    const { get, set } = this.#parts
    let ending: Ending = { type: 'released' }
    try {
      const loaded = await this.#run(key, loader).catch((error: unknown) => {
        ending = { type: 'failed', message: messageOf(error) }
        throw new CacheError('ERR_CACHE_LOAD', messageOf(error), { cause: error })
      })
      await set(key, loaded.value, loaded.ttlMs ?? ttlMs)
      ending = { type: 'written' }
      const { value } = loaded
      return (await get(key, END_MS)) ?? { value, expiresAtMs: undefined, version: 0, isStale: false }
    } finally {
      if (keeper === undefined) this.#end(key, token, ending)
      else void this.#tell(keeper, key, token, ending)
    }
  }

  async #run(key: string, loader: Request['loader']): Promise<{ value: Uint8Array; ttlMs?: number }> {
    this.loads++
    const loaded = await loader(key)
    if (loaded instanceof Uint8Array) return { value: checkValue(loaded) }
    if (typeof loaded !== 'object' || loaded === null) {
      throw argument('what the loader gives', 'a Uint8Array, or an object with one as value', loaded)
    }
    const value = checkValue(loaded.value)
    return loaded.ttlMs === undefined ? { value } : { value, ttlMs: checkTtl('ttlMs', loaded.ttlMs) }
  }

  #ask(key: string, token: string, instance: string): Promise<Verdict> {
    const { standing, store, time } = this.#parts
    if (!standing.serves(partitionOf(key))) return Promise.resolve({ type: 'refused' })
    if (store.peek(key)?.isLive(time.now())) return Promise.resolve({ type: 'written' })
    return new Promise((answer) => this.#keeper.ask(key, { token, instance, answer }, time.now()))
  }

  #end(key: string, token: string, ending: Ending): void {
    this.#keeper.end(key, token, ending, this.#parts.time.now())
  }

  /** Tells the one who keeps the load how it has ended, until it has heard it or is gone. */
  async #tell(keeper: Member, key: string, token: string, ending: Ending): Promise<void> {
    const { cluster, time } = this.#parts
    for (;;) {
      try {
        await cluster.request(keeper, endTopic, { key, token, ending }, { timeoutMs: END_MS })
        return
      } catch (error) {
        if (error instanceof MemberGoneError || error instanceof ClosedError) return
        await time.sleep(RETRY_MS)
      }
    }
  }

  #leftMs({ deadline }: Request): number {
    return deadline - this.#parts.time.now()
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof CacheError && error.code === 'ERR_CACHE_UNAVAILABLE'
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return `the loader has failed: ${message.slice(0, MAX_MESSAGE)}`
}
