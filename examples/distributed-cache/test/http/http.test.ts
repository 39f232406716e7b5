import { once } from 'node:events'
import { request } from 'node:http'
import { connect, Server, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { ByteBudget } from '../../src/byte-budget.ts'
import { HttpServer } from '../../src/http/server.ts'
import { Refusals } from '../../src/refusals.ts'
import { MemoryCache } from '../memory-cache.ts'

const MIB = 1024 * 1024

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

async function serve(maxConnections = 10_000) {
  const cache = new MemoryCache()
  const budget = new ByteBudget(8 * MIB)
  let isLeaving = false
  const server = new HttpServer({
    cache,
    budget,
    refusals: new Refusals(),
    isLeaving: () => isLeaving,
    maxConnections,
  })
  const port = await server.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => server.close(0))
  const ask = async (method: string, path: string, init: RequestInit = {}): Promise<Answer> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, ...init })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  const raw = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1').setEncoding('latin1')
    onTestFinished(() => void socket.destroy())
    await once(socket, 'connect')
    return socket
  }
  const leave = () => {
    isLeaving = true
  }
  return { cache, budget, server, port, ask, raw, leave }
}

async function all(socket: Socket): Promise<string> {
  let text = ''
  for await (const chunk of socket) text += chunk
  return text
}

describe('values over HTTP', () => {
  it('are found under the whole address, too, as proxies are asked', async () => {
    const { port, ask } = await serve()
    await ask('PUT', '/cache/k', { body: 'v' })
    const answered = new Promise<number | undefined>((resolve) => {
      request({ port, host: '127.0.0.1', path: `http://cache.example:8080/cache/k` }, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).end()
    })
    expect(await answered).toBe(200)
  })

  it('are put, got and deleted, byte for byte, under any key', async () => {
    const { port, ask } = await serve()
    const bytes = Uint8Array.from({ length: 1000 }, (_, index) => index % 256)
    const path = `/cache/${encodeURIComponent('a/b?c ü%')}`
    expect(await ask('PUT', path, { body: bytes })).toMatchObject({ status: 204, text: '' })
    const response = await fetch(`http://127.0.0.1:${port}${path}`)
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': '1000',
      'cache-control': 'no-store',
    })
    expect(response.headers.has('ttl-ms')).toBe(false)
    const head = await ask('HEAD', path)
    expect([head.status, head.headers.get('content-length'), head.text]).toEqual([200, '1000', ''])
    expect((await ask('DELETE', path)).status).toBe(204)
    expect((await ask('DELETE', path)).status).toBe(404)
    expect(await ask('GET', path)).toMatchObject({ status: 404, text: 'no such key\n' })
  })

  it('live for as long as the header says, and say how long that is', async () => {
    const { ask } = await serve()
    await ask('PUT', '/cache/a', { body: 'x', headers: { 'ttl-ms': '60000' } })
    const ttlMs = Number((await ask('GET', '/cache/a')).headers.get('ttl-ms'))
    expect(ttlMs).toBeGreaterThan(50_000)
    expect(ttlMs).toBeLessThanOrEqual(60_000)
    for (const nonsense of ['0', '-1', '1.5', 'soon', '8000000000000001', '99999999999999999']) {
      const answer = await ask('PUT', '/cache/a', { body: 'x', headers: { 'ttl-ms': nonsense } })
      expect(answer).toMatchObject({ status: 400, text: expect.stringContaining(`got '${nonsense}'`) })
    }
  })

  it('are put only where there is none, or one, if that is asked', async () => {
    const { ask } = await serve()
    const put = async (headers: Record<string, string>) =>
      (await ask('PUT', '/cache/a', { body: 'x', headers })).status
    expect(await put({ 'if-match': '*' })).toBe(412)
    expect(await put({ 'if-none-match': '*' })).toBe(204)
    expect(await put({ 'if-none-match': '*' })).toBe(412)
    expect(await put({ 'if-match': '*' })).toBe(204)
    expect(await put({ 'if-match': '"tag"' })).toBe(400)
    expect(await put({ 'if-match': '*', 'if-none-match': '*' })).toBe(400)
  })

  it('say that they may be old, where they may', async () => {
    const { cache, ask } = await serve()
    cache.isStale = true
    await cache.set('a', Buffer.from('x'))
    expect((await ask('GET', '/cache/a')).headers.get('stale')).toBe('minority')
  })

  it('say how many copies they have, where those are fewer than wanted', async () => {
    const { cache, ask } = await serve()
    const put = async () => (await ask('PUT', '/cache/a', { body: 'x' })).headers.get('copies')
    expect(await put()).toBeNull()
    cache.copies = 1
    expect(await put()).toBe('1/2')
  })

  it.each([
    ['ERR_CACHE_MINORITY', 503],
    ['ERR_CACHE_UNAVAILABLE', 503],
    ['ERR_CACHE_CLOSED', 503],
    ['ERR_CACHE_KEY', 400],
    ['ERR_CACHE_ARGUMENT', 400],
    ['ERR_CACHE_VALUE_TOO_LARGE', 413],
  ] as const)('say %s as %i', async (code, status) => {
    const { cache, ask } = await serve()
    cache.failure = code
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const answer = await ask(method, '/cache/a', method === 'PUT' ? { body: 'x' } : {})
      expect(answer).toMatchObject({ status, text: `failed on purpose: ${code}\n` })
      expect(answer.headers.get('error-code')).toBe(code)
      expect(answer.headers.get('retry-after')).toBe(status === 503 ? '1' : null)
    }
  })

  it('have a limit, which is told before they are sent where that is possible', async () => {
    const { cache, port, ask, raw, budget } = await serve()
    expect((await ask('PUT', '/cache/a', { body: Buffer.alloc(MIB) })).status).toBe(204)
    expect(await ask('PUT', '/cache/a', { body: Buffer.alloc(MIB + 1) })).toMatchObject({
      status: 413,
      text: 'a value has at most 1048576 bytes\n',
    })
    // A length that is a lie, or not told.
    const chunked = await raw()
    chunked.write('PUT /cache/b HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n')
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`
    for (let sent = 0; sent < 20; sent++) chunked.write(chunk)
    expect(await all(chunked)).toMatch(/^HTTP\/1.1 413 .*at most 1048576 bytes\n$/s)
    // One that asks first.
    const asked = request({
      port,
      method: 'PUT',
      path: '/cache/c',
      headers: { expect: '100-continue', 'content-length': 2 * MIB },
    })
    asked.flushHeaders()
    const [refused] = await once(asked, 'response')
    expect(refused.statusCode).toBe(413)
    asked.destroy()
    const fine = request({
      port,
      method: 'PUT',
      path: '/cache/c',
      headers: { expect: '100-continue', 'content-length': 1 },
    })
    fine.flushHeaders()
    await once(fine, 'continue')
    fine.end('x')
    expect((await once(fine, 'response'))[0].statusCode).toBe(204)
    expect(cache.stats.entries).toBe(2)
    await vi.waitFor(() => expect(budget.held).toBe(0))
  })

  it.each(['PUT', 'DELETE'])(
    'are given up when the client does not wait for the answer (%s)',
    async (method) => {
      const { cache, port } = await serve()
      await cache.set('a', Buffer.from('before'))
      const answers: (() => void)[] = []
      cache.isRemote = () => true
      cache.remote = () => new Promise<void>((resolve) => answers.push(resolve))
      const given = vi.spyOn(cache, method === 'PUT' ? 'set' : 'delete')
      const sent = request({ port, method, path: '/cache/a' })
      sent.on('error', () => {}).end('x')
      await vi.waitFor(() => expect(answers.length).toBe(1), { timeout: 20_000 })
      sent.destroy()
      await expect(given.mock.results[0]?.value).rejects.toMatchObject({ code: 'ERR_CACHE_UNAVAILABLE' })
      for (const answer of answers) answer()
      cache.isRemote = () => false
      expect(cache.read('a')).toMatchObject({ value: Uint8Array.from(Buffer.from('before')) })
    },
  )

  it('are refused while too much is under way', async () => {
    const { ask, budget } = await serve()
    budget.change(8 * MIB)
    const answer = await ask('PUT', '/cache/a', { body: 'x' })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
    budget.change(-8 * MIB)
    expect((await ask('PUT', '/cache/a', { body: 'x' })).status).toBe(204)
  })

  it('are held until their clients have them, and refused while far too much is under way', async () => {
    const { ask, budget } = await serve()
    await ask('PUT', '/cache/a', { body: 'x'.repeat(1000) })
    const change = vi.spyOn(budget, 'change')
    budget.change(32 * MIB - 500)
    const answer = await ask('GET', '/cache/a')
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
    await vi.waitFor(() => expect(budget.held).toBe(32 * MIB - 500))
    budget.change(500 - 32 * MIB)
    change.mockClear()
    expect((await ask('GET', '/cache/a')).text).toHaveLength(1000)
    await vi.waitFor(() => expect(change.mock.calls).toEqual([[1000], [-1000]]))
  })

  it.each([
    ['GET', '/cache/%ff', 400, 'percent-encoding'],
    ['GET', '/cache/%zz', 400, 'percent-encoding'],
    ['GET', '/cache/a?b=c', 400, 'query'],
    ['GET', '/cache/', 400, 'a key has 1 to 1024 bytes'],
    ['GET', `/cache/${'x'.repeat(1025)}`, 400, 'a key has 1 to 1024 bytes'],
    ['POST', '/cache/a', 405, 'only GET, HEAD, PUT and DELETE'],
    ['PUT', '/livez', 405, 'only GET and HEAD'],
    ['GET', '/', 404, 'no such path'],
    ['GET', '/cache', 404, 'no such path'],
  ])('answer %s %s with %i', async (method, path, status, text) => {
    const { ask } = await serve()
    expect(await ask(method, path)).toMatchObject({ status, text: expect.stringContaining(text) })
  })
})

describe('the HTTP server', () => {
  it('answers probes, and why a pod is not ready', async () => {
    const { cache, ask } = await serve()
    expect(await ask('GET', '/livez')).toMatchObject({ status: 200, text: 'alive\n' })
    expect(await ask('GET', '/readyz')).toMatchObject({ status: 200, text: 'ready: ready\n' })
    cache.readiness = { isReady: false, reason: 'filling', text: '7 partitions are missing' }
    expect(await ask('GET', '/readyz')).toMatchObject({
      status: 503,
      text: 'filling: 7 partitions are missing\n',
    })
    expect((await ask('GET', '/livez')).status).toBe(200)
  })

  it('does what comes on one connection one after the other', async () => {
    const { cache, ask, raw } = await serve()
    cache.isRemote = () => true
    const answers: (() => void)[] = []
    cache.remote = () => new Promise<void>((resolve) => answers.push(resolve))
    const socket = await raw()
    socket.write(
      `PUT /cache/a HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nvalue${'GET /cache/a HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(20)}` +
        'GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
    )
    const text = all(socket)
    for (let i = 0; i < 21; i++) {
      await vi.waitFor(() => expect(answers.length).toBeGreaterThan(i), { timeout: 10_000 })
      expect(answers).toHaveLength(i + 1)
      answers[i]?.()
    }
    expect((await text).match(/ 200 OK|alive\n$|\r\nvalue/g)).toEqual([
      ...Array.from({ length: 20 }, () => [' 200 OK', '\r\nvalue']).flat(),
      ...[' 200 OK', 'alive\n'],
    ])
    // None is begun when the client has gone.
    const given = vi.spyOn(cache, 'set')
    const gone = await raw()
    gone.write(
      'PUT /cache/a HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\nxGET /cache/a HTTP/1.1\r\nhost: x\r\n\r\n',
    )
    await vi.waitFor(() => expect(answers).toHaveLength(22), { timeout: 10_000 })
    gone.destroy()
    await expect(given.mock.results[0]?.value).rejects.toMatchObject({ code: 'ERR_CACHE_UNAVAILABLE' })
    expect((await ask('GET', '/livez')).status).toBe(200)
    expect(answers).toHaveLength(22)
  })

  it('answers a client that has ended its side after its requests, and ends the connection then', async () => {
    const { cache, raw } = await serve()
    await cache.set('k', Buffer.from('value'))
    const asked = async (text: string) => {
      const socket = await raw()
      socket.end(text)
      return all(socket)
    }
    const get = 'GET /cache/k HTTP/1.1\r\nhost: x\r\n\r\n'
    const put = 'PUT /cache/k HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nnew'
    expect(await asked('')).toBe('')
    for (const isRemote of [false, true]) {
      cache.isRemote = () => isRemote
      expect(await asked(get)).toMatch(/^HTTP\/1.1 200 .*\r\n\r\nvalue$/s)
      expect((await asked(get.repeat(3))).match(/ 200 OK/g)).toHaveLength(3)
    }
    expect(await asked(put)).toMatch(/^HTTP\/1.1 204 /)
    expect(await asked(put.slice(0, -1))).toMatch(/^HTTP\/1.1 400 /)
    expect(await asked(put + get)).toMatch(/^HTTP\/1.1 204 .*HTTP\/1.1 200 .*\r\n\r\nnew$/s)
    const kept = await raw()
    kept.write(get)
    await once(kept, 'data')
    kept.end()
    expect(await all(kept)).toBe('')
  })

  it('ends the connection of a client that has ended its side when nothing comes of its request', async () => {
    const { cache, raw } = await serve()
    cache.isRemote = () => true
    cache.remote = () => new Promise(() => {})
    const given = vi.spyOn(cache, 'set')
    const write = await raw()
    write.end('PUT /cache/k HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\nx')
    expect(await all(write)).toBe('')
    await expect(given.mock.results[0]?.value).rejects.toMatchObject({ code: 'ERR_CACHE_UNAVAILABLE' })
    const read = await raw()
    read.end('GET /cache/k HTTP/1.1\r\nhost: x\r\n\r\n')
    expect(await all(read)).toBe('')
  })

  it('ends a connection on which far too many wait', async () => {
    const { cache, raw } = await serve()
    cache.isRemote = () => true
    let count = 0
    cache.remote = () => {
      count++
      return new Promise(() => {})
    }
    const get = 'GET /cache/a HTTP/1.1\r\nhost: x\r\n\r\n'
    const some = await raw()
    some.write(get.repeat(257))
    const many = await raw()
    many.on('error', () => {})
    many.write(get.repeat(258))
    await once(many, 'close')
    expect([some.closed, count]).toEqual([false, 2])
  })

  it('counts what waits, and ends connections on which more would wait while far too much is under way', async () => {
    const { cache, ask, budget, raw } = await serve()
    cache.isRemote = () => true
    const answers: (() => void)[] = []
    cache.remote = () => new Promise<void>((resolve) => answers.push(resolve))
    const get = `GET /cache/a HTTP/1.1\r\nhost: x\r\nfiller: ${'x'.repeat(15_000)}\r\n\r\n`
    const one = await raw()
    one.write(get.repeat(3))
    await vi.waitFor(() => expect(budget.held).toBeGreaterThan(2 * 15_000), { timeout: 10_000 })
    expect(budget.held).toBeLessThan(2 * 20_000)
    answers[0]?.()
    await vi.waitFor(() => expect(budget.held).toBeLessThan(20_000), { timeout: 10_000 })
    const rest = await raw()
    rest.write(
      `GET /cache/a HTTP/1.1\r\nhost: x\r\n\r\nPUT /cache/a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n`,
    )
    await vi.waitFor(() => expect(budget.held).toBeGreaterThan(64 * 1024), { timeout: 10_000 })
    one.destroy()
    rest.destroy()
    await vi.waitFor(() => expect(budget.held).toBe(0), { timeout: 10_000 })

    const flood = await Promise.all(Array.from({ length: 12 }, raw))
    const closed = flood.map(
      (socket) => new Promise((resolve) => socket.on('error', () => {}).once('close', resolve)),
    )
    for (const socket of flood) socket.write(get.repeat(250))
    await Promise.race(closed)
    expect(budget.held).toBeLessThan(33 * MIB)
    expect((await ask('GET', '/livez')).status).toBe(200)
    for (const socket of flood) socket.destroy()
    await vi.waitFor(() => expect(budget.held).toBe(0), { timeout: 10_000 })
  })

  it('goes on when a connection could not be accepted', async () => {
    const listen = vi.spyOn(Server.prototype, 'listen')
    const { ask } = await serve()
    const server = listen.mock.contexts.at(-1) as Server | undefined
    server?.emit('error', new Error('accept EMFILE'))
    listen.mockRestore()
    expect((await ask('GET', '/livez')).status).toBe(200)
  })

  it('tells Prometheus what it counts', async () => {
    const { cache, ask } = await serve()
    await cache.set('a', Buffer.from('x'))
    const { text } = await ask('GET', '/metrics')
    expect(text).toContain('# TYPE rollcall_cache_entries gauge\nrollcall_cache_entries 1\n')
    expect(text).toContain(
      '# TYPE rollcall_cache_near_hits_total counter\nrollcall_cache_near_hits_total 0\n',
    )
    expect(text).toContain('rollcall_cache_ready 1\n')
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) )?rollcall_cache_[a-z_]+(\{code="[A-Z_]+"\})? \S/)
    expect(text).toContain('rollcall_cache_pods 1\n')
    expect(text).toContain('rollcall_cache_majority 1\n')
  })

  it('counts the requests that the cache has refused, by the code of the error', async () => {
    const { cache, ask } = await serve()
    const refused = async () => {
      cache.failure = undefined
      const { text } = await ask('GET', '/metrics')
      return text.split('\n').filter((line) => line.startsWith('rollcall_cache_refused_total'))
    }
    const watched = (minority: number) => [
      `rollcall_cache_refused_total{code="ERR_CACHE_MINORITY"} ${minority}`,
      'rollcall_cache_refused_total{code="ERR_CACHE_UNAVAILABLE"} 0',
      'rollcall_cache_refused_total{code="ERR_CACHE_CLOSED"} 0',
    ]
    expect((await ask('GET', '/cache/none')).status).toBe(404)
    expect(await refused()).toEqual(watched(0))
    cache.failure = 'ERR_CACHE_MINORITY'
    for (const method of ['GET', 'DELETE']) await ask(method, '/cache/a')
    expect(await refused()).toEqual(watched(2))
    cache.failure = 'ERR_CACHE_KEY'
    await ask('GET', '/cache/a')
    expect(await refused()).toEqual([...watched(2), 'rollcall_cache_refused_total{code="ERR_CACHE_KEY"} 1'])
  })

  it('answers probes also when clients have all connections, and sends further clients away', async () => {
    const { ask, raw } = await serve(2)
    const [first] = [await raw(), await raw()]
    const get = async (path: string) => {
      const socket = await raw()
      socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`)
      return all(socket)
    }
    expect(await get('/livez')).toMatch(/200 OK.*connection: close.*alive\n$/is)
    expect(await get('/readyz')).toMatch(/200 OK/)
    expect(await get('/metrics')).toMatch(/200 OK/)
    expect(await get('/cache/a')).toMatch(
      /503 .*connection: close.*retry-after: 1.*too many connections\n$/is,
    )
    // One that asks nothing keeps no probe out.
    expect(await all(await raw())).toBe('')
    first?.destroy()
    await vi.waitFor(async () => expect((await ask('GET', '/cache/a')).status).toBe(404), { timeout: 10_000 })
  })

  it('sends clients away when it leaves, and waits for what is under way', async () => {
    const { cache, server, raw, leave } = await serve()
    await cache.set('far', Buffer.from('value'))
    let answer = () => {}
    const asked = new Promise<void>((resolve) => {
      cache.remote = () => {
        resolve()
        return new Promise<void>((done) => {
          answer = done
        })
      }
    })
    cache.isRemote = (key) => key === 'far'
    const [idle, busy] = [await raw(), await raw()]
    idle.write('GET /livez HTTP/1.1\r\nhost: x\r\n\r\n')
    expect(String(await once(idle, 'data'))).toMatch(/connection: keep-alive/i)
    busy.write('GET /cache/far HTTP/1.1\r\nhost: x\r\n\r\n')
    await asked
    leave()
    const late = await raw()
    late.write('GET /livez HTTP/1.1\r\nhost: x\r\n\r\n')
    expect(await all(late)).toMatch(/connection: close\r\n.*alive\n$/is)
    const closed = server.close(10_000)
    expect(await all(idle)).toBe('')
    answer()
    expect(await all(busy)).toMatch(/200 OK.*value$/s)
    await closed
  })
})
