// The HTTP side: GET and PUT /keys/KEY for clients, /livez and /readyz for Kubernetes.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type Cluster, HandlerError, RemoteError } from '@rollcall/membership'
import type { Keys } from './keys.ts'
import type { Shards } from './shards.ts'
import type { PodState } from './topics.ts'

const MAX_VALUE_BYTES = 1024 * 1024

export function createHttpServer(cluster: Cluster<PodState>, shards: Shards, keys: Keys): Server {
  return createServer((request, response) => {
    const path = request.url ?? ''
    // Else clients that keep their connection would come back to a pod that is about to end.
    if (cluster.view.self.leaving) response.setHeader('connection', 'close')
    if (path === '/livez') end(response, 200, 'alive')
    else if (path === '/readyz') {
      const { ready, reason } = cluster.readiness()
      end(response, ready && shards.isFilled ? 200 : 503, ready && !shards.isFilled ? 'not filled' : reason)
    } else if (path.startsWith('/keys/')) {
      answer(keys, request, response).catch((error) => fail(response, error))
    } else end(response, 404, 'no such path')
  })
}

async function answer(keys: Keys, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const key = decodeURIComponent((request.url ?? '').slice('/keys/'.length))
  if (request.method !== 'GET' && request.method !== 'PUT') return end(response, 405, 'GET or PUT')
  const value = request.method === 'PUT' ? await body(request) : null
  if (value === undefined) return end(response, 413, `at most ${MAX_VALUE_BYTES} bytes`)
  const { entry, path } = await keys.request({ key, value })
  response.setHeader('path', path.join(' '))
  if (entry === null) return end(response, 404, 'no such key')
  end(response, 200, entry.value)
}

/** After 503 a write may have been done nevertheless. */
function fail(response: ServerResponse, error: Error): void {
  const code = error instanceof RemoteError ? error.remoteCode : error instanceof HandlerError && error.code
  const status = error instanceof URIError ? 400 : code === 'CONFLICT' ? 409 : 503
  end(response, status, error.message)
}

/** The body as text; undefined if it is too large. */
async function body(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > MAX_VALUE_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text)
}
