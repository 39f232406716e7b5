// GET, HEAD, PUT and DELETE of /cache/KEY.
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { ByteBudget } from '../byte-budget.ts'
import type { Cache, Condition, Found, SetOptions } from '../cache.ts'
import { clientGone } from '../errors.ts'
import { MAX_TTL_MS } from '../options.ts'
import { HttpError, tooMuch } from './answers.ts'
import { readBody } from './body.ts'

export class Values {
  readonly #cache: Cache
  readonly #budget: ByteBudget

  constructor(cache: Cache, budget: ByteBudget) {
    this.#cache = cache
    this.#budget = budget
  }

  /** @param encoded the key as it is in the path */
  async answer(encoded: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const key = decodeKey(encoded)
    switch (request.method) {
      case 'GET':
      case 'HEAD':
        return this.#send(response, await this.#cache.get(key))
      case 'PUT':
        return this.#put(key, request, response)
      case 'DELETE':
        if (!(await this.#cache.delete(key, { signal: signalOf(response) }))) throw noSuchKey()
        response.writeHead(204).end()
        return
      default:
        throw new HttpError(405, 'only GET, HEAD, PUT and DELETE', { allow: 'GET, HEAD, PUT, DELETE' })
    }
  }

  /** The value counts as held until the client has it: one of another pod is here for this answer alone. */
  #send(response: ServerResponse, found: Found | undefined): void {
    if (found === undefined) throw noSuchKey()
    if (response.destroyed) return
    const { length } = found.value
    this.#budget.change(length)
    response.once('close', () => this.#budget.change(-length))
    if (this.#budget.isOverdrawn) throw tooMuch()
    response.writeHead(200, headersOf(found)).end(found.value)
  }

  async #put(key: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const options = optionsOf(request)
    await readBody(request, response, this.#cache.limits.maxValueBytes, this.#budget, async (value) => {
      const signal = signalOf(response)
      const { isWritten, copies, wanted } = await this.#cache.set(key, value, { ...options, signal })
      if (!isWritten) {
        throw new HttpError(412, options.condition === 'absent' ? 'the key is there already' : 'no such key')
      }
      // Fewer than wanted only where writes with few copies are marked instead of refused.
      response.writeHead(204, copies < wanted ? { copies: `${copies}/${wanted}` } : {}).end()
    })
  }
}

/** Aborted when the client has gone without waiting for the answer. */
function signalOf(response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  response.once('close', () => {
    if (!response.writableEnded) controller.abort(clientGone())
  })
  return controller.signal
}

function headersOf({ value, expiresAtMs, isStale }: Found): OutgoingHttpHeaders {
  return {
    'content-type': 'application/octet-stream',
    'content-length': value.length,
    // This is the cache; others on the way would not know when a value is written anew.
    'cache-control': 'no-store',
    // What clients have put here is not for browsers to make something of.
    'x-content-type-options': 'nosniff',
    ...(expiresAtMs !== undefined && { 'ttl-ms': Math.max(0, expiresAtMs - Date.now()) }),
    ...(isStale && { stale: 'minority' }),
  }
}

function decodeKey(encoded: string): string {
  if (encoded.includes('?')) throw new HttpError(400, 'a query means nothing here; in a key write ? as %3F')
  try {
    return decodeURIComponent(encoded)
  } catch {
    throw new HttpError(400, 'the key is not UTF-8 in percent-encoding')
  }
}

function optionsOf({ headers }: IncomingMessage): SetOptions {
  const ttlMs = headers['ttl-ms']
  if (ttlMs !== undefined && !(/^[1-9]\d*$/.test(String(ttlMs)) && Number(ttlMs) <= MAX_TTL_MS)) {
    throw new HttpError(400, `ttl-ms: expected a whole number from 1 to ${MAX_TTL_MS}, got '${ttlMs}'`)
  }
  const condition = conditionOf(headers['if-match'], headers['if-none-match'])
  return { ...(ttlMs !== undefined && { ttlMs: Number(ttlMs) }), ...(condition && { condition }) }
}

function conditionOf(match: string | undefined, noneMatch: string | undefined): Condition | undefined {
  if (match === undefined && noneMatch === undefined) return undefined
  if (match === '*' && noneMatch === undefined) return 'present'
  if (noneMatch === '*' && match === undefined) return 'absent'
  throw new HttpError(400, 'if-match and if-none-match: expected * in one of them, for there are no tags')
}

function noSuchKey(): HttpError {
  return new HttpError(404, 'no such key')
}
