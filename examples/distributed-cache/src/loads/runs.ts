// Runs loaders, and checks what they give.
import type { Loaded } from '../cache.ts'
import { CacheError } from '../errors.ts'
import { argument, checkValue } from '../limits.ts'
import { checkNames, checkTtl } from '../options.ts'

const MAX_MESSAGE = 1000

export type LoadFunction = (key: string, signal: AbortSignal) => Promise<Loaded>

export interface Run {
  /** Rejects with ERR_CACHE_LOAD. */
  readonly result: Promise<{ readonly value: Uint8Array; readonly ttlMs?: number }>
  /** Aborts its signal, unless it is over. */
  readonly abort: (reason: CacheError) => void
}

export class Runs {
  readonly #running = new Set<AbortController>()
  /** How many there have been. */
  count = 0

  begin(key: string, loader: LoadFunction): Run {
    this.count++
    const controller = new AbortController()
    this.#running.add(controller)
    const result = call(key, loader, controller.signal).finally(() => this.#running.delete(controller))
    const abort = (reason: CacheError) => {
      if (this.#running.delete(controller)) controller.abort(reason)
    }
    return { result, abort }
  }

  abortAll(reason: CacheError): void {
    for (const controller of this.#running) controller.abort(reason)
  }
}

async function call(key: string, loader: LoadFunction, signal: AbortSignal): Run['result'] {
  try {
    return checkLoaded(await loader(key, signal))
  } catch (error) {
    throw new CacheError('ERR_CACHE_LOAD', messageOf(error), { cause: error })
  }
}

function checkLoaded(loaded: Loaded): Awaited<Run['result']> {
  if (loaded instanceof Uint8Array) return { value: checkValue(loaded) }
  if (typeof loaded !== 'object' || loaded === null) {
    throw argument('what the loader gives', 'a Uint8Array, or an object with one as value', loaded)
  }
  checkNames(loaded, 'what the loader gives', ['value', 'ttlMs'])
  const value = checkValue(loaded.value)
  return loaded.ttlMs === undefined ? { value } : { value, ttlMs: checkTtl('ttlMs', loaded.ttlMs) }
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return `the loader has failed: ${message.slice(0, MAX_MESSAGE)}`
}
