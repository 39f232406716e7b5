import { Server } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { command } from './raw-client.ts'
import { type Served, serve } from './serve.ts'

/** A client of a cache with a value of 1 MiB in another pod, whose answers the test gives. */
async function askForLong() {
  const { cache, budget, connect } = await serve()
  await cache.set('long', Buffer.alloc(1024 * 1024))
  const answers = new Answers()
  cache.isRemote = () => true
  cache.remote = answers.wait
  return { budget, answers, client: await connect() }
}

/** Answers of remote pods that the test lets through one by one. */
class Answers {
  readonly #waiting: (() => void)[] = []
  readonly wait = () => new Promise<void>((resolve) => this.#waiting.push(resolve))

  get count(): number {
    return this.#waiting.length
  }

  /** Lets the answer through that was asked for in that place. */
  give(index = 0): void {
    const [resolve] = this.#waiting.splice(index, 1)
    resolve?.()
  }

  giveAll(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

function repeat(count: number, bytes: (index: number) => Buffer): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, index) => bytes(index)))
}

/** Waits until the assertion holds. */
function until(assertion: () => void): Promise<void> {
  return vi.waitFor(assertion, { timeout: 20_000, interval: 5 })
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

afterEach(() => {
  vi.useRealTimers()
})

/** Makes all keys those of another pod; returns how to ask for the most that was held while they were on their way. */
function watchHeld({ cache, budget }: Pick<Served, 'cache' | 'budget'>): () => number {
  let most = 0
  cache.isRemote = () => true
  cache.remote = async () => {
    most = Math.max(most, budget.held)
    await turns(3)
  }
  return () => most
}

describe('a connection', () => {
  it('keeps the replies in order while other pods answer in another', async () => {
    const { cache, connect } = await serve()
    for (const key of ['near', 'far-1', 'far-2']) await cache.set(key, Buffer.from(key))
    const answers = new Answers()
    cache.isRemote = (key) => key.startsWith('far')
    cache.remote = answers.wait
    const client = await connect()
    client.write('GET far-1\r\nGET near\r\nGET far-2\r\nPING\r\n')
    await until(() => expect(answers.count).toBe(2))
    answers.give(1)
    await turns(5)
    expect(client.bytes).toBe(0)
    answers.give()
    const replies = '$5\r\nfar-1\r\n$4\r\nnear\r\n$5\r\nfar-2\r\n+PONG\r\n'
    expect(await client.ask('', replies.length)).toBe(replies)
  })

  it('lets commands on one key wait for one another, unless all of them read', async () => {
    const { cache, connect } = await serve()
    const answers = new Answers()
    cache.isRemote = () => true
    cache.remote = answers.wait
    const client = await connect()
    client.write('SET a 1\r\nGET a\r\nMGET a b\r\nSET a 2\r\nGET c\r\nSET b 3\r\nDEL c a\r\n')
    // What runs at the same time: SET a 1, GET c. SET b 3 waits for MGET a b, which waits for SET a 1.
    await until(() => expect(answers.count).toBe(2))
    await turns(5)
    expect(answers.count).toBe(2)
    answers.giveAll()
    // Both reads of a, and of the keys of MGET each.
    await until(() => expect(answers.count).toBe(3))
    answers.giveAll()
    await until(() => expect(answers.count).toBe(2))
    answers.giveAll()
    await until(() => expect(answers.count).toBe(2))
    answers.giveAll()
    const replies = ['+OK', '$1\r\n1', '*2\r\n$1\r\n1\r\n$-1', '+OK', '$-1', '+OK', ':1', '']
    expect(await client.ask('', replies.join('\r\n').length)).toBe(replies.join('\r\n'))
  })

  it('sets only the last of several values that wait for a key, unless one is read or told of in between', async () => {
    const { cache, connect } = await serve()
    cache.isRemote = () => true
    const set = vi.spyOn(cache, 'set')
    const client = await connect()
    const commands = [
      ...['SET a 1', 'SET a 2', 'SET a 3 PX 90000', 'SET b 1', 'SET a 4', 'GET a'],
      ...['SET a 5', 'SET a 6', 'SET a 7 XX', 'SET a 8', 'SET a 9', 'DEL a', 'SET a 10', 'SET a 11 EX'],
      ...['SET a 12', 'SET a 13', 'GET a'],
    ]
    const replies = [
      ...['+OK', '+OK', '+OK', '+OK', '+OK', '$1\r\n4'],
      ...['+OK', '+OK', '+OK', '+OK', '+OK', ':1', '+OK', '-ERR syntax error'],
      ...['+OK', '+OK', '$2\r\n13', ''],
    ].join('\r\n')
    expect(await client.ask(`${commands.join('\r\n')}\r\n`, replies.length)).toBe(replies)
    const values = set.mock.calls.map(([key, value]) => `${key} ${Buffer.from(value)}`)
    expect(values.sort()).toEqual(['a 1', 'a 10', 'a 13', 'a 4', 'a 6', 'a 7', 'a 9', 'b 1'])
  })

  it('tells all of them when the one that is set fails', async () => {
    const { cache, connect } = await serve()
    cache.isRemote = () => true
    const answers = new Answers()
    cache.remote = answers.wait
    const client = await connect()
    client.write('SET a 1\r\nSET a 2\r\nSET a 3\r\n')
    await until(() => expect(answers.count).toBe(1))
    cache.failure = 'ERR_CACHE_UNAVAILABLE'
    answers.giveAll()
    const failed = '-UNAVAILABLE failed on purpose: ERR_CACHE_UNAVAILABLE\r\n'
    expect(await client.ask('', 3 * failed.length)).toBe(failed.repeat(3))
  })

  it('sees its own writes in a pipeline, near and far', async () => {
    const { cache, connect } = await serve()
    cache.isRemote = (key) => key.endsWith('1')
    const client = await connect()
    const bytes = repeat(500, (index) =>
      Buffer.concat([command('SET', `key-${index % 7}`, `${index}`), command('GET', `key-${index % 7}`)]),
    )
    const replies = Array.from({ length: 500 }, (_, index) => `+OK\r\n$${`${index}`.length}\r\n${index}\r\n`)
    expect(await client.ask(bytes, replies.join('').length)).toBe(replies.join(''))
  })

  it('answers a pipeline of 100,000 commands, with no more under way than fit', async () => {
    const { cache, budget, connect } = await serve()
    let most = 0
    let underWay = 0
    cache.isRemote = () => true
    cache.remote = async () => {
      most = Math.max(most, ++underWay)
      await turns(1)
      underWay--
    }
    const client = await connect()
    const bytes = repeat(100_000, (index) => command('SET', `key-${index % 1000}`, 'value'))
    expect(await client.ask(bytes, 500_000)).toBe('+OK\r\n'.repeat(100_000))
    expect(most).toBeGreaterThan(50)
    expect(most).toBeLessThanOrEqual(256)
    await until(() => expect(budget.held).toBe(0))
  })

  it('has those with long values wait for room, and serves all of them', async () => {
    const { cache, budget, connect } = await serve()
    const most = watchHeld({ cache, budget })
    const clients = await Promise.all(Array.from({ length: 200 }, connect))
    const value = 'x'.repeat(1024 * 1024)
    // All have begun before any goes on.
    for (const [index, client] of clients.entries())
      client.write(command('SET', `key-${index}`, value).subarray(0, 1000))
    await turns(50)
    const answers = clients.map((client, index) =>
      client.ask(command('SET', `key-${index}`, value).subarray(1000), 5),
    )
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['+OK\r\n']))
    expect(most()).toBeGreaterThan(16 * 1024 * 1024)
    expect(most()).toBeLessThan(80 * 1024 * 1024)
    await until(() => expect(budget.held).toBe(0))
  })

  it('lets those that read many long values take turns, and serves all of them', async () => {
    const { cache, budget, connect } = await serve()
    const mib = 1024 * 1024
    const keys = Array.from({ length: 15 }, (_, index) => `key-${index}`)
    for (const key of keys) await cache.set(key, Buffer.alloc(mib, 'x'))
    vi.spyOn(cache, 'stats', 'get').mockReturnValue({ ...cache.stats, bytes: 15 * mib })
    const most = watchHeld({ cache, budget })
    const clients = await Promise.all(Array.from({ length: 20 }, connect))
    const length = 5 + 15 * (mib + 12)
    const answers = clients.map(async (client) => (await client.ask(command('MGET', ...keys), length)).length)
    expect(new Set(await Promise.all(answers))).toEqual(new Set([length]))
    expect(most()).toBeGreaterThan(16 * mib)
    expect(most()).toBeLessThan(128 * mib)
    await until(() => expect(budget.held).toBe(0))
  })

  it('takes no more commands of a client that does not read, and goes on when it does', async () => {
    const { cache, budget, connect } = await serve()
    await cache.set('long', Buffer.alloc(1024 * 1024, 'x'))
    const read = vi.spyOn(cache, 'read')
    const client = await connect()
    client.socket.pause()
    client.write(repeat(500, () => command('GET', 'long')))
    await until(() => expect(read).toHaveBeenCalled())
    await turns(200)
    expect(read.mock.calls.length).toBeLessThan(30)
    expect(budget.held).toBeLessThan(8 * 1024 * 1024)
    client.socket.resume()
    let bytes = 0
    client.socket.on('data', (chunk) => {
      bytes += chunk.length
    })
    await client.until(() => bytes >= 500 * (1024 * 1024 + 12))
    expect(read).toHaveBeenCalledTimes(500)
  })

  it('expects replies as long as those before, and asks for fewer at a time then', async () => {
    const { cache, connect } = await serve()
    await cache.set('long', Buffer.alloc(1024 * 1024, 'x'))
    const answers = new Answers()
    cache.isRemote = () => true
    cache.remote = answers.wait
    const client = await connect()
    client.write(repeat(200, () => command('GET', 'long')))
    await until(() => expect(answers.count).toBe(16))
    answers.giveAll()
    await until(() => expect(answers.count).toBeGreaterThan(0))
    await turns(20)
    expect(answers.count).toBeLessThanOrEqual(4)
  })

  it('asks for the values of many MGETs as if each were a GET', async () => {
    const { cache, connect } = await serve()
    const answers = new Answers()
    cache.isRemote = () => true
    cache.remote = answers.wait
    const client = await connect()
    const keys = Array.from({ length: 16 }, (_, index) => `key-${index}`)
    client.write(repeat(200, () => command('MGET', ...keys)))
    await until(() => expect(answers.count).toBe(16))
    await turns(20)
    expect(answers.count).toBe(16)
    // However short they are: no more keys than commands.
    let most = 0
    while (client.bytes < 200 * (5 + 16 * 5)) {
      most = Math.max(most, answers.count)
      answers.giveAll()
      await turns(1)
    }
    expect(most).toBeGreaterThan(64)
    expect(most).toBeLessThanOrEqual(256 + 16)
  })

  it('counts what an MGET has got while the rest of it is under way, be the client gone', async () => {
    const { budget, answers, client } = await askForLong()
    client.write(command('MGET', 'long', 'long', 'long', 'none'))
    await until(() => expect(answers.count).toBe(4))
    for (let count = 0; count < 2; count++) answers.give()
    await until(() => expect(budget.held).toBeGreaterThan(2 * 1024 * 1024))
    client.socket.resetAndDestroy()
    await turns(20)
    expect(budget.held).toBeGreaterThan(2 * 1024 * 1024)
    answers.give()
    await until(() => expect(budget.held).toBe(0))
    answers.giveAll()
    await turns(20)
    expect(budget.held).toBe(0)
  })

  it('counts replies that have come before the one that is next, until the client has gone', async () => {
    const { budget, answers, client } = await askForLong()
    client.write('GET late\r\nGET long\r\nGET long\r\n')
    await until(() => expect(answers.count).toBe(3))
    for (let count = 0; count < 2; count++) answers.give(1)
    await until(() => expect(budget.held).toBeGreaterThan(2 * 1024 * 1024))
    client.socket.resetAndDestroy()
    await until(() => expect(budget.held).toBe(0))
    answers.giveAll()
    await turns(20)
    expect(budget.held).toBe(0)
  })

  it('holds no more of an MGET of too much than it may have, and asks for nothing more then', async () => {
    const { budget, answers, client } = await askForLong()
    client.write(command('MGET', ...Array.from({ length: 1000 }, () => 'long')))
    await until(() => expect(answers.count).toBe(64))
    for (let count = 0; count < 15; count++) answers.give()
    await until(() => expect(budget.held).toBeGreaterThan(15 * 1024 * 1024))
    expect(answers.count).toBe(64)
    for (let count = 0; count < 30; count++) answers.give()
    const refused = '-ERR the reply would be longer than 16777216 bytes: ask for fewer keys\r\n'
    expect(await client.ask('', refused.length)).toBe(refused)
    await until(() => expect(budget.held).toBe(0))
    answers.giveAll()
    await turns(20)
    expect([answers.count, budget.held]).toEqual([0, 0])
  })

  it('is dropped for MGETs that are under way, when all hold too much together', async () => {
    const { cache, budget, connect } = await serve()
    await cache.set('long', Buffer.alloc(1024 * 1024))
    const answers = new Answers()
    cache.isRemote = () => true
    cache.remote = answers.wait
    const clients = await Promise.all(Array.from({ length: 12 }, connect))
    for (const client of clients) client.write(command('MGET', ...Array(16).fill('long')))
    await until(() => expect(answers.count).toBe(12 * 16))
    // One value for each of them at a time.
    for (let left = 16; left > 4; left--) {
      for (let client = 11; client >= 0; client--) answers.give(client * left)
      await turns(2)
      expect(budget.held).toBeLessThan(144 * 1024 * 1024)
    }
    await until(() => expect(clients.some(({ isClosed }) => isClosed)).toBe(true))
    expect(clients.some(({ isClosed }) => !isClosed)).toBe(true)
  })

  it('refuses a long value, MGET of too much, and goes on', async () => {
    const { cache, connect } = await serve()
    await cache.set('long', Buffer.alloc(1024 * 1024))
    const client = await connect()
    const keys = Array.from({ length: 17 }, () => 'long')
    const bytes = Buffer.concat([
      command('SET', 'a', Buffer.alloc(1024 * 1024 + 1)),
      command('MGET', ...keys),
      command('EXISTS', ...keys),
    ])
    const replies =
      '-ERR an argument is longer than 1048576 bytes\r\n' +
      '-ERR the reply would be longer than 16777216 bytes: ask for fewer keys\r\n:17\r\n'
    expect(await client.ask(bytes, replies.length)).toBe(replies)
  })

  it('holds no long text of a client that costs it nothing: as its name, or in an error', async () => {
    const { connect } = await serve()
    const client = await connect()
    const long = 'x'.repeat(100_000)
    const bytes = Buffer.concat([
      command('CLIENT', 'SETNAME', long),
      command('HELLO', '2', 'SETNAME', long),
      command('CLIENT', 'GETNAME'),
      command('HELLO', '2', long),
      command('EXPIRE', 'a', '1', long),
    ])
    const name = '-ERR Client names have at most 1024 characters.\r\n'
    const option = long.slice(0, 128)
    const replies = `${name}${name}$-1\r\n-ERR Syntax error in HELLO option '${option}'\r\n-ERR Unsupported option ${option}\r\n`
    expect(await client.ask(bytes, replies.length)).toBe(replies)
  })

  it('ends with an error after what is no command, and answers what came before', async () => {
    const { cache, connect } = await serve()
    cache.isRemote = () => true
    const client = await connect()
    client.write('SET a 1\r\nGET a\r\n*1\r\n!oops\r\nGET a\r\n')
    expect(await client.rest()).toBe("+OK\r\n$1\r\n1\r\n-ERR Protocol error: expected '$', got '!'\r\n")
    const browser = await connect()
    browser.write('POST / HTTP/1.1\r\nHost: cache\r\n\r\nSET a 2\r\n')
    expect(await browser.rest()).toBe('-ERR Protocol error: this is not the port for HTTP\r\n')
    expect(Buffer.from((await cache.get('a'))?.value ?? []).toString()).toBe('1')
  })

  it('answers all that has come when the client sends nothing more', async () => {
    const { cache, connect } = await serve()
    cache.isRemote = () => true
    const client = await connect()
    client.socket.end(repeat(1000, (index) => command('INCRBY', 'sum', `${index}`)))
    expect(await client.rest()).toMatch(/^:0\r\n:1\r\n:3\r\n.*:499500\r\n$/s)
  })

  it('does not outlive a client that is gone while its commands are under way', async () => {
    const { cache, server, budget, connect } = await serve()
    const answers = new Answers()
    cache.isRemote = () => true
    cache.remote = answers.wait
    const client = await connect()
    client.write('SET a 1\r\nGET b\r\n')
    await until(() => expect(answers.count).toBe(2))
    client.socket.resetAndDestroy()
    await until(() => expect(budget.held).toBe(0))
    answers.giveAll()
    await turns(5)
    await server.close(1000)
  })

  it('gives up the writes of a client that is gone, and begins none that have waited', async () => {
    const { cache, budget, connect } = await serve()
    const answers = new Answers()
    cache.isRemote = (key) => key !== 'near'
    cache.remote = answers.wait
    const client = await connect()
    client.write('SET a 1\r\nSET a 2\r\nDEL near a\r\nMSET near x a x\r\nINCR b\r\nSET near y\r\n')
    await until(() => expect(answers.count).toBe(2))
    client.socket.resetAndDestroy()
    await until(() => expect(budget.held).toBe(0))
    await turns(20)
    answers.giveAll()
    await turns(20)
    expect(answers.count).toBe(0)
    for (const key of ['a', 'b']) {
      cache.isRemote = () => false
      expect(cache.read(key)).toBeUndefined()
    }
  })

  it('gives up the writes of one that has said its end, and gets no reply for a while', async () => {
    const { cache, connect } = await serve()
    cache.isRemote = () => true
    cache.remote = () => new Promise(() => {})
    const client = await connect()
    client.socket.end('SET a 1\r\n')
    expect(await client.rest()).toBe('-UNAVAILABLE the client has gone; a write may have been done\r\n')
  })

  it('is not left for ever with half a command, nor with replies that nobody reads', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
    const { cache, connect } = await serve()
    await cache.set('long', Buffer.alloc(1024 * 1024))
    const [half, idle, deaf, busy] = [await connect(), await connect(), await connect(), await connect()]
    half.write('*2\r\n$3\r\nGET\r\n$100\r\nkey')
    deaf.socket.pause()
    deaf.write(repeat(100, () => command('GET', 'long')))
    busy.write('*1\r\n$4\r\nPI')
    await idle.ask('PING\r\n', 7)
    await turns(100)
    vi.advanceTimersByTime(50_000)
    expect(await busy.ask('NG\r\n*1\r\n$4\r\nPI', 7)).toBe('+PONG\r\n')
    vi.advanceTimersByTime(20_000)
    expect(await half.rest()).toBe('-ERR the rest of a command has not come for 60 s\r\n')
    deaf.socket.resume()
    await deaf.until(() => deaf.isClosed)
    expect(await idle.ask('PING\r\n', 7)).toBe('+PONG\r\n')
    expect(await busy.ask('NG\r\n', 7)).toBe('+PONG\r\n')
  })

  it('is one of so many: others are sent away', async () => {
    const { connect } = await serve({ maxConnections: 2 })
    const [first] = [await connect(), await connect()]
    expect(await (await connect()).rest()).toBe('-ERR max number of clients reached\r\n')
    expect(await first.ask('PING\r\n', 7)).toBe('+PONG\r\n')
  })

  it('is not dropped for what many others only wait for', async () => {
    const { cache, budget, connect } = await serve()
    const answers = new Answers()
    cache.isRemote = () => true
    cache.remote = answers.wait
    const clients = await Promise.all(Array.from({ length: 60 }, connect))
    for (const client of clients) client.write(repeat(16, () => command('GET', 'key')))
    await until(() => expect(answers.count).toBe(60 * 16))
    expect(budget.held).toBeLessThan(1024 * 1024)
    answers.giveAll()
    await until(() => expect(clients.map(({ bytes }) => bytes)).toEqual(clients.map(() => 16 * 5)))
  })

  it('has one command under way at a time while all hold much together', async () => {
    const { cache, budget, connect } = await serve()
    budget.change(33 * 1024 * 1024)
    const answers = new Answers()
    cache.isRemote = () => true
    cache.remote = answers.wait
    const client = await connect()
    client.write('GET a\r\nGET b\r\nGET c\r\n')
    await until(() => expect(answers.count).toBe(1))
    await turns(5)
    expect(answers.count).toBe(1)
    answers.giveAll()
    await until(() => expect(answers.count).toBe(1))
    budget.change(-33 * 1024 * 1024)
    answers.giveAll()
    await until(() => expect(answers.count).toBe(1))
    answers.giveAll()
    expect(await client.ask('', 15)).toBe('$-1\r\n'.repeat(3))
  })

  it('is dropped when all hold too much together, and it more than others', async () => {
    const { budget, connect } = await serve()
    const clients = await Promise.all(Array.from({ length: 12 }, connect))
    const half = command('MSET', ...Array.from({ length: 15 }, () => Buffer.alloc(1024 * 1024))).subarray(
      0,
      -3,
    )
    // Else those that come late wait for room.
    for (const client of clients) client.write(half.subarray(0, 1000))
    await turns(50)
    for (const client of clients) client.write(half.subarray(1000))
    await until(() => expect(clients.filter(({ isClosed }) => isClosed).length).toBeGreaterThan(2))
    expect(budget.held).toBeLessThan(192 * 1024 * 1024)
    const small = await connect()
    expect(await small.ask(command('SET', 'a', 'x'.repeat(1000)), 5)).toBe('+OK\r\n')
  })
})

describe('the server', () => {
  it('goes on when a connection could not be accepted', async () => {
    const listen = vi.spyOn(Server.prototype, 'listen')
    const { connect } = await serve()
    const server = listen.mock.contexts.at(-1) as Server | undefined
    server?.emit('error', new Error('accept EMFILE'))
    listen.mockRestore()
    expect(await (await connect()).ask('PING\r\n', 7)).toBe('+PONG\r\n')
  })
})

describe('a server that closes', () => {
  it('ends idle clients at once, busy ones after their last reply, and silent ones in time', async () => {
    const { cache, server, connect } = await serve()
    const answers = new Answers()
    cache.isRemote = () => true
    cache.remote = answers.wait
    const [idle, busy, half] = [await connect(), await connect(), await connect()]
    await idle.ask('PING\r\n', 7)
    busy.write('SET a 1\r\nGET a\r\n')
    half.write('*1\r\n$4')
    await until(() => expect(answers.count).toBe(1))
    const closed = server.close(500)
    expect(await idle.rest()).toBe('')
    answers.giveAll()
    await until(() => expect(answers.count).toBe(1))
    answers.giveAll()
    expect(await busy.rest()).toBe('+OK\r\n$1\r\n1\r\n')
    expect(half.isClosed).toBe(false)
    await closed
    expect(await half.rest()).toBe('')
  })
})
