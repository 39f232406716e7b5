// A store that keeps one value for each name, and takes it from the latest life of that name only: it remembers the
// highest generation that has written, and refuses lower ones. PUT /NAME with the header `generation`; GET /NAME.
import { createServer } from 'node:http'

/** By name: the value, and the generation that wrote it. A real store keeps both on disk, in one transaction. */
const written = new Map()

const server = createServer(async (request, response) => {
  const name = request.url.slice(1)
  if (request.method === 'GET') return response.end(JSON.stringify(written.get(name) ?? null))
  const chunks = await request.toArray().catch(() => undefined)
  if (chunks === undefined) return // The writer has gone in the middle of it.
  const value = Buffer.concat(chunks).toString()
  const generation = Number(request.headers.generation)
  // Looked up after the body has come: another life may have written meanwhile.
  const fence = written.get(name)?.generation ?? 0
  const isAccepted = Number.isSafeInteger(generation) && generation >= fence
  if (isAccepted) written.set(name, { generation, value })
  console.log(`${isAccepted ? 'accepted' : 'refused'} ${value} of generation ${generation}`)
  response.writeHead(isAccepted ? 204 : 412).end()
})
server.listen(0, '127.0.0.1', () => console.log(`store at http://127.0.0.1:${server.address().port}`))
