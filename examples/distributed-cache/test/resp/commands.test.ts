import { describe, expect, it } from 'vitest'
import { command, RawClient } from './raw-client.ts'
import { hasProgram, startRedis } from './redis-tools.ts'
import { serve } from './serve.ts'
import { asRedis, ofOurs } from './transcript.ts'

/** Asks one after the other; returns what is answered to each. */
async function ask(client: RawClient, lines: readonly (readonly [string, string])[]) {
  const answers: (readonly [string, string])[] = []
  for (const [line, reply] of lines) {
    answers.push([line, await client.ask(`${line}\r\n`, reply.length)])
  }
  return answers
}

describe('the commands', () => {
  it('are answered as written', async () => {
    const { connect } = await serve()
    expect(await ask(await connect(), ofOurs)).toEqual(ofOurs)
    const client = await connect()
    expect(await ask(client, asRedis)).toEqual(asRedis)
    await client.until(() => client.isClosed)
  })

  it('are answered in the same way when every key is of another pod', async () => {
    const { cache, connect } = await serve()
    cache.isRemote = () => true
    expect(await ask(await connect(), ofOurs)).toEqual(ofOurs)
    expect(await ask(await connect(), asRedis)).toEqual(asRedis)
  })

  it('are answered in the same way when all come in one piece, and byte by byte', async () => {
    const { cache, connect } = await serve()
    cache.isRemote = (key) => key > 'b'
    const text = asRedis.map(([line]) => `${line}\r\n`).join('')
    const replies = asRedis.map(([, reply]) => reply).join('')
    const whole = await connect()
    whole.write(text)
    expect(await whole.rest()).toBe(replies)
    await cache.invalidate('')
    const slow = await connect()
    for (const byte of Buffer.from(text)) {
      slow.write(Buffer.of(byte))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await slow.rest()).toBe(replies)
  })

  it.skipIf(!hasProgram('redis-server'))('are answered as by Redis itself', async () => {
    const client = await RawClient.connect(await startRedis())
    expect(await ask(client, asRedis)).toEqual(asRedis)
  })

  it('say who is here', async () => {
    const { connect } = await serve({ about: () => ({ pod: 'cache-0', members: 3 }) })
    const client = await connect()
    const hello = await client.ask('HELLO 2 SETNAME me\r\n', 100)
    expect(hello).toMatch(
      /^\*14\r\n\$6\r\nserver\r\n\$14\r\nrollcall-cache\r\n.*proto\r\n:2\r\n\$2\r\nid\r\n:1\r\n/s,
    )
    const info = await client.ask('INFO\r\n', 600)
    for (const line of [
      'redis_version:7.0.0',
      'loading:0',
      'connected_clients:1',
      'pod:cache-0',
      'members:3',
    ]) {
      expect(info).toContain(`${line}\r\n`)
    }
    expect(await client.ask('INFO clients\r\n', 10)).toBe(
      '$51\r\n# Clients\r\nconnected_clients:1\r\nblocked_clients:0\r\n\r\n',
    )
    // HELLO, INFO twice, and this one.
    expect(await client.ask('INFO stats\r\n', 100)).toContain('total_commands_processed:4\r\n')
    expect(await client.ask('COMMAND COUNT\r\n', 4)).toMatch(/^:\d\d\r\n$/)
  })

  it.each([
    ['ERR_CACHE_MINORITY', '-MINORITY failed on purpose'],
    ['ERR_CACHE_UNAVAILABLE', '-UNAVAILABLE failed on purpose'],
    ['ERR_CACHE_CLOSED', '-CLOSED failed on purpose'],
    ['ERR_CACHE_ARGUMENT', '-ERR failed on purpose'],
    ['ERR_CACHE_NOT_A_NUMBER', '-ERR value is not an integer'],
  ] as const)('answer %s as %s', async (code, reply) => {
    const { cache, connect, refusals } = await serve()
    cache.failure = code
    const client = await connect()
    for (const line of ['GET a', 'MGET a b', 'SET a 1', 'MSET a 1 b 2', 'DEL a', 'INCR a', 'EXPIRE a 1']) {
      expect(await client.ask(`${line}\r\n`, reply.length)).toContain(reply)
    }
    expect(refusals.counts.get(code)).toBe(7)
    expect(await client.ask('PING\r\n', 7)).toBe('+PONG\r\n')
  })

  it('read no more of other pods than a reply may hold', async () => {
    const { cache, connect } = await serve()
    await cache.set('long', Buffer.alloc(1024 * 1024))
    cache.isRemote = () => true
    let [now, most, all] = [0, 0, 0]
    cache.remote = async () => {
      most = Math.max(most, ++now)
      all++
      await new Promise((resolve) => setImmediate(resolve))
      now--
    }
    const client = await connect()
    const keys = new Array<string>(1000).fill('long')
    expect(await client.ask(command('MGET', ...keys), 10)).toMatch(/^-ERR the reply would be longer/)
    // Each of the 15 that fit lets one more be asked for.
    expect([most, all]).toEqual([64, 79])
    expect(await client.ask(command('EXISTS', ...keys), 7)).toBe(':1000\r\n')
    expect([most, all]).toEqual([64, 1079])
  })

  it('keep values that do not hold on to what they came in', async () => {
    const { cache, connect } = await serve()
    const client = await connect()
    await client.ask(Buffer.concat([command('SET', 'a', 'x'), command('MSET', 'b', 'y')]), 10)
    for (const key of ['a', 'b']) expect((await cache.get(key))?.value.buffer.byteLength).toBe(1)
  })
})
