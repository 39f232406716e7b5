// The example's cache over HTTP, until the example has a program of its own.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from '@rollcall/membership'
import { headlessService } from '@rollcall/seed'
import { createCache } from '../../../examples/distributed-cache/dist/index.js'

const { env } = process
const cluster = await join({
  seeds: headlessService(env.SERVICE),
  security: 'none',
  signals: true,
  expectedSize: Number(env.EXPECTED_SIZE),
})
const cache = createCache({ cluster, maxBytes: Number(env.MAX_BYTES) })
cluster.on('view-changed', () => {})
const server = createServer(async (request, response) => {
  if (cluster.view.self.leaving) response.setHeader('connection', 'close')
  const end = (status, body) => response.writeHead(status).end(body)
  try {
    if (request.url === '/livez') return end(200, 'alive')
    if (request.url === '/readyz') return end(cache.readiness.isReady ? 200 : 503, cache.readiness.text)
    const key = decodeURIComponent(request.url.slice('/cache/'.length))
    if (request.method === 'GET') {
      const found = await cache.get(key)
      return found ? end(200, found.value) : end(404, 'no such key')
    }
    if (request.method === 'DELETE') {
      await cache.delete(key)
      return end(204)
    }
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    await cache.set(key, Buffer.concat(chunks))
    end(204)
  } catch (error) {
    end(503, `${error.code} ${error.message}`)
  }
}).listen(8080)
await once(server, 'listening')
console.log('listens')
cluster.beforeGoodbye(async () => {
  await sleep(1500)
  await once(server.close(), 'close')
})
console.log((await cluster.closed).type)
