// Answers in words, above all those to what went wrong.
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { CacheError, type CacheErrorCode } from '../errors.ts'

/** What a client is told instead of what it wanted. */
export class HttpError extends Error {
  readonly status: number
  readonly headers: OutgoingHttpHeaders

  constructor(status: number, message: string, headers: OutgoingHttpHeaders = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}

/** What clients make this pod hold is more than it has room for. */
export function tooMuch(): HttpError {
  return new HttpError(503, 'too much is under way here', { 'retry-after': '1' })
}

/** All others are 500. With 503 another pod, or this one in a moment, may do better. */
const statuses: Partial<Record<CacheErrorCode, number>> = {
  ERR_CACHE_ARGUMENT: 400,
  ERR_CACHE_KEY: 400,
  ERR_CACHE_VALUE_TOO_LARGE: 413,
  ERR_CACHE_MINORITY: 503,
  ERR_CACHE_UNAVAILABLE: 503,
  ERR_CACHE_CLOSED: 503,
}

/** How long the rest of a request that is refused is read over: unread, it would turn our answer into a reset. */
const LINGER_MS = 1000

export function sendText(response: ServerResponse, status: number, text: string): void {
  writeText(response, status, text)
  response.end()
}

function writeText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  })
  response.write(text)
}

/** Tells a client of an error, unless it is gone or has part of an answer already. */
export function sendError(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const { status, message, headers } = asHttpError(error)
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) response.setHeader(name, value)
  if (request.complete) sendText(response, status, `${message}\n`)
  else refuse(request, response, status, `${message}\n`)
}

/** Answers before the request is whole, and ends the connection. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number, text: string): void {
  response.setHeader('connection', 'close')
  writeText(response, status, text)
  const end = () => response.end()
  const timer = setTimeout(end, LINGER_MS)
  response.once('close', () => clearTimeout(timer))
  request.once('end', end).resume()
}

function asHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error
  if (!(error instanceof CacheError)) {
    return new HttpError(500, `internal error: ${error instanceof Error ? error.message : String(error)}`)
  }
  const status = statuses[error.code] ?? 500
  const retry = status === 503 ? { 'retry-after': '1' } : {}
  return new HttpError(status, error.message, { 'error-code': error.code, ...retry })
}
