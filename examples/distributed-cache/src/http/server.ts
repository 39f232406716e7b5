// The cache over HTTP: values at /cache/KEY, probes for Kubernetes, and metrics.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ByteBudget } from '../byte-budget.ts'
import type { Cache } from '../cache.ts'
import type { Refusals } from '../refusals.ts'
import { HttpError, sendError, sendText } from './answers.ts'
import { metrics } from './metrics.ts'
import { SpareConnections } from './spare-connections.ts'
import { Turns } from './turns.ts'
import { Values } from './values.ts'

export interface HttpServerOptions {
  readonly cache: Cache
  /** Shared with other servers of this process. */
  readonly budget: ByteBudget
  /** Shared as well. */
  readonly refusals: Refusals
  /** Whether this pod is about to end. */
  readonly isLeaving: () => boolean
  /** Further clients are sent away with 503, but for probes and metrics. Default 10,000. */
  readonly maxConnections?: number
}

const MAX_CONNECTIONS = 10_000
/** As many more for probes, metrics, and sending clients away. */
const SPARE_CONNECTIONS = 1000
/** For the head of a request. */
const HEAD_MS = 10_000
/** For all of it, and for a client that does not read its answer. */
const REQUEST_MS = 60_000
/** Longer than most proxies keep an idle connection, so that it is not we who end one that is about to be used. */
const KEEP_ALIVE_MS = 75_000
/** A client that has ended its side may be waiting, or be gone: when it gets nothing for so long it has gone for all we know. */
const GONE_MS = 1000
const IDLE_EVERY_MS = 20
const PREFIX = '/cache/'

export class HttpServer {
  readonly #cache: Cache
  readonly #values: Values
  readonly #refusals: Refusals
  readonly #isLeaving: () => boolean
  readonly #spare: SpareConnections
  readonly #server: Server

  constructor({ cache, budget, refusals, isLeaving, maxConnections = MAX_CONNECTIONS }: HttpServerOptions) {
    this.#cache = cache
    this.#refusals = refusals
    this.#spare = new SpareConnections(maxConnections)
    this.#values = new Values(cache, budget)
    this.#isLeaving = isLeaving
    const turns = new Turns(budget)
    const answer = (request: IncomingMessage, response: ServerResponse) =>
      turns.take(request, response, () => void this.#answer(request, response))
    this.#server = createServer(
      { headersTimeout: HEAD_MS, requestTimeout: REQUEST_MS, keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true },
      answer,
    )
    // Else a client that ends its side after its requests gets no answer. The connection ends when all of them are answered.
    // (Node's types lack it.)
    Object.assign(this.#server, { httpAllowHalfOpen: true })
    // Else Node lets a client send a body that is going to be refused.
    this.#server.on('checkContinue', answer)
    this.#server.on('connection', (socket) => {
      this.#spare.accept(socket)
      socket.once('end', () => socket.setTimeout(GONE_MS))
    })
    this.#server.maxConnections = maxConnections + SPARE_CONNECTIONS
    this.#server.setTimeout(REQUEST_MS)
  }

  /** Listens; rejects if it cannot. Resolves with the port. */
  async listen(address: { readonly host?: string; readonly port: number }): Promise<number> {
    this.#server.listen(address)
    await once(this.#server, 'listening')
    // A connection that could not be accepted (there may be too many files) is no reason to end.
    this.#server.on('error', () => {})
    return (this.#server.address() as AddressInfo).port
  }

  /** Takes no more clients, ends idle connections, and those that still have something under way after `withinMs`, too. */
  async close(withinMs: number): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    // Node ends those that are idle now, and not those that are once their answer is sent.
    const idle = setInterval(() => this.#server.closeIdleConnections(), IDLE_EVERY_MS)
    const all = setTimeout(() => this.#server.closeAllConnections(), withinMs)
    await closed
    clearInterval(idle)
    clearTimeout(all)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isSpare = this.#spare.has(request.socket)
    // Else clients that keep their connection would come back to a pod that is about to end.
    if (isSpare || this.#isLeaving()) response.setHeader('connection', 'close')
    const path = pathOf(request)
    try {
      if (isSpare && path.startsWith(PREFIX)) throw tooManyConnections()
      await this.#route(path, request, response)
    } catch (error) {
      if (!response.destroyed) this.#refusals.count(error)
      sendError(request, response, error)
    }
  }

  async #route(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (path.startsWith(PREFIX)) return this.#values.answer(path.slice(PREFIX.length), request, response)
    const { method } = request
    const isRead = method === 'GET' || method === 'HEAD'
    const page = this.#pageAt(path)
    if (page === undefined)
      throw new HttpError(404, 'no such path: there are /cache/KEY, /livez, /readyz and /metrics')
    if (!isRead) throw new HttpError(405, 'only GET and HEAD', { allow: 'GET, HEAD' })
    sendText(response, page.status, page.text)
  }

  #pageAt(path: string): { readonly status: number; readonly text: string } | undefined {
    if (path === '/livez') return { status: 200, text: 'alive\n' }
    const { readiness, stats } = this.#cache
    const { isReady, reason, text } = readiness
    if (path === '/readyz') return { status: isReady ? 200 : 503, text: `${reason}: ${text}\n` }
    if (path === '/metrics') return { status: 200, text: metrics(stats, readiness, this.#refusals.counts) }
    return undefined
  }
}

/** What follows the host, also where a client names that as it would to a proxy (RFC 9112, section 3.2.2). */
function pathOf({ url = '' }: IncomingMessage): string {
  return url.replace(/^https?:\/\/[^/?#]*/i, '')
}

function tooManyConnections(): HttpError {
  return new HttpError(503, 'too many connections', { 'retry-after': '1' })
}
