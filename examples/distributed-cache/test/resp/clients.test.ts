// Programs that people use: ioredis, redis-cli and redis-benchmark, unchanged.
import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { hasProgram, run } from './redis-tools.ts'
import { serve } from './serve.ts'

describe('ioredis', () => {
  it('lives a normal life', async () => {
    const { cache, server, port } = await serve()
    cache.isRemote = (key) => key.startsWith('far')
    const redis = new Redis({ port, host: '127.0.0.1', connectionName: 'app', retryStrategy: () => null })
    onTestFinished(() => redis.disconnect())
    expect(await redis.set('far-a', 'ü', 'EX', 100, 'NX')).toBe('OK')
    expect(await redis.set('far-a', 'x', 'PX', 100, 'NX')).toBe(null)
    expect(await redis.get('far-a')).toBe('ü')
    expect(await redis.ttl('far-a')).toBe(100)
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
    await redis.mset({ b: bytes, far: '2' })
    expect(await redis.getBuffer('b')).toEqual(bytes)
    expect(await redis.mget('none', 'far')).toEqual([null, '2'])
    expect(await redis.incrby('far', 40)).toBe(42)
    expect(await redis.expire('far', 5)).toBe(1)
    expect(await redis.pttl('far')).toBeGreaterThan(4000)
    expect(await redis.exists('b', 'far', 'none')).toBe(2)
    expect(await redis.del('b', 'far')).toBe(2)
    const results = await redis.pipeline().set('far-1', '1').get('far-1').call('NOTHING').ping().exec()
    expect(results?.map(([error, reply]) => error?.message ?? reply)).toEqual([
      'OK',
      '1',
      "ERR unknown command 'NOTHING', with args beginning with: ",
      'PONG',
    ])
    await expect(redis.lpush('list', '1')).rejects.toThrow('ERR unknown command')
    const ended = new Promise((resolve) => redis.once('end', resolve))
    let answer = () => {}
    const isAsked = new Promise<void>((asked) => {
      cache.remote = () => {
        asked()
        return new Promise<void>((resolve) => {
          answer = resolve
        })
      }
    })
    const last = redis.get('far-1')
    await isAsked
    const closed = server.close(1000)
    answer()
    expect(await last).toBe('1')
    await closed
    await ended
  })

  it('has many callers on one connection, each with its answer', async () => {
    const { cache, port } = await serve()
    cache.isRemote = (key) => key.length % 2 === 0
    const redis = new Redis({ port, host: '127.0.0.1', enableAutoPipelining: true })
    onTestFinished(() => redis.disconnect())
    const keys = Array.from({ length: 5000 }, (_, index) => `key-${index}`)
    await Promise.all(keys.map((key) => redis.set(key, `value of ${key}`)))
    expect(await Promise.all(keys.map((key) => redis.get(key)))).toEqual(keys.map((key) => `value of ${key}`))
  })
})

describe.skipIf(!hasProgram('redis-cli'))('redis-cli', () => {
  it('talks to it in commands and interactively', async () => {
    const { port } = await serve()
    const cli = (args: string[], input?: string) => run('redis-cli', ['-p', String(port), ...args], input)
    expect(await cli(['SET', 'a', '1'])).toBe('OK\n')
    expect(await cli(['-2', 'GET', 'a'])).toBe('1\n')
    expect(await cli(['INFO', 'server'])).toContain('redis_version')
    const session = 'SET "a b" "c\\nd"\nGET "a b"\nINCR n\nGET none\nLPUSH x 1\nCOMMAND COUNT\nTTL n\n'
    expect(await cli(['--no-raw'], session)).toMatch(
      /^OK\n"c\\nd"\n\(integer\) 1\n\(nil\)\n\(error\) ERR unknown command 'LPUSH'.*\n\(integer\) \d\d\n\(integer\) -1\n$/,
    )
    const mass = Array.from({ length: 1000 }, (_, index) => `SET key-${index} ${index}\r\n`).join('')
    expect(await cli(['--pipe'], mass)).toContain('errors: 0, replies: 1000')
  })
})

describe.skipIf(!hasProgram('redis-benchmark'))('redis-benchmark', () => {
  it('runs its tests of what there is here', async () => {
    const { cache, port } = await serve()
    cache.isRemote = (key) => key.endsWith('1')
    const options = ['-P', '16', '-r', '1000', '-n', '20000', '-c', '20', '--csv']
    const tests = ['-t', 'ping_inline,ping_mbulk,set,get,incr,mset']
    const lines = await run('redis-benchmark', ['-p', String(port), ...options, ...tests])
    for (const name of ['PING_INLINE', 'PING_MBULK', 'SET', 'GET', 'INCR', 'MSET (10 keys)']) {
      expect(lines).toMatch(new RegExp(`"${name.replace(/[()]/g, '\\$&')}","[1-9]`))
    }
  })
})
