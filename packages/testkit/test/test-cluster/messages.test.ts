import { type Cluster, HandlerError, streamTopic, topic } from '@rollcall/membership'
import { describe, expect, it } from 'vitest'
import { createTestCluster } from '../../src/index.ts'

const double = topic<number, number>('double')

async function three() {
  const test = await createTestCluster(3)
  const [first, second, third] = test.clusters as [Cluster, Cluster, Cluster]
  return { test, first, second, third }
}

describe('messages between members of a test cluster', () => {
  it('are answered, in virtual time', async () => {
    const { test, first, second } = await three()
    await using _ = test
    second.serve(double, async (body) => {
      await test.sleep(250)
      return Number(body) * 2
    })
    const startedAt = test.now
    expect(await test.until(first.request('m-1', double, 21))).toBe(42)
    expect(test.now - startedAt).toBeGreaterThan(250)
    expect(test.now - startedAt).toBeLessThan(260)
  })

  it('may be sent from within a handler', async () => {
    const { test, first, second, third } = await three()
    await using _ = test
    third.serve(double, (body) => Number(body) * 2)
    second.serve(
      topic<number, number>('four times'),
      async (body) => 2 * Number(await second.request('m-2', double, Number(body))),
    )
    expect(await test.until(first.request('m-1', topic<number, number>('four times'), 5))).toBe(20)
  })

  it('are not answered through a cut: the request ends by its timeout, and works again when healed', async () => {
    const { test, first, second } = await three()
    await using _ = test
    second.serve(double, (body) => Number(body) * 2)
    test.cut(['m-0'], ['m-1'])
    const startedAt = test.now
    const asked = first.request('m-1', double, 1, { timeoutMs: 800 })
    await expect(test.until(asked)).rejects.toMatchObject({ code: 'ERR_ROLLCALL_REQUEST_TIMEOUT' })
    expect(test.now - startedAt).toBeCloseTo(800, 0)
    test.heal()
    await test.advance(5000)
    expect(await test.until(first.request('m-1', double, 2))).toBe(4)
  })

  it('fail when all links of a member are reset, which is called dead by nobody and linked again', async () => {
    const { test, first, second } = await three()
    await using _ = test
    let isQuiet = true
    second.serve(double, (body) => (isQuiet ? new Promise<number>(() => {}) : Number(body) * 2))
    const failed: string[] = []
    for (const cluster of test.clusters) {
      cluster.on('member-failed', ({ member }) => void failed.push(member.name))
    }
    const asked = first.request('m-1', double, 1)
    await test.advance(100)
    test.resetLinks('m-1')
    await expect(test.until(asked)).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_UNREACHABLE',
      mayHaveRun: true,
    })
    isQuiet = false
    await test.advance(5000)
    expect(await test.until(first.request('m-1', double, 2))).toBe(4)
    expect(failed).toEqual([])
  })

  it('fail at once when the member dies', async () => {
    const { test, first, second } = await three()
    await using _ = test
    second.serve(double, () => new Promise<number>(() => {}))
    const asked = first.request('m-1', double, 1, { timeoutMs: Number.POSITIVE_INFINITY })
    await test.advance(100)
    test.kill('m-1')
    await expect(test.until(asked, { withinMs: 1000 })).rejects.toMatchObject({
      code: expect.stringContaining('ERR_ROLLCALL_'),
    })
    await test.advance(1000)
    await expect(test.until(first.request('m-1', double, 1))).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_MEMBER_GONE',
    })
  })

  it('wait for a frozen member, and are answered when it is thawed', async () => {
    const { test, first, second } = await three()
    await using _ = test
    second.serve(double, (body) => Number(body) * 2)
    test.freeze('m-1')
    const asked = first.request('m-1', double, 3)
    await test.advance(2000)
    test.thaw('m-1')
    const thawedAt = test.now
    expect(await test.until(asked)).toBe(6)
    expect(test.now - thawedAt).toBeLessThan(10)
  })

  it('pass whatever number of streams, which get on alike', async () => {
    const { test, first, second } = await three()
    await using _ = test
    const shard = streamTopic<number>('shard')
    let isOver = false
    second.serve(shard, async function* () {
      while (!isOver) yield new Uint8Array(65_536)
    })
    first.serve(double, (body) => Number(body) * 2)
    const read = Array.from({ length: 64 }, () => 0)
    const readers = read.map(async (_, i) => {
      for await (const chunk of first.stream('m-1', shard, i)) read[i] = (read[i] ?? 0) + chunk.length
    })
    await test.until(() => read.every((bytes) => bytes > 0))
    for (let i = 0; i < 20; i++) {
      await test.until(second.writable('m-0'))
      expect(await test.until(second.request('m-0', double, i))).toBe(2 * i)
      expect((await second.broadcast(topic('note'), i)).refused).toEqual([])
    }
    await test.until(() => read.every((bytes) => bytes > 1_000_000))
    expect(Math.max(...read) / Math.min(...read)).toBeLessThan(2)
    isOver = true
    await test.until(Promise.all(readers))
  })

  it('bring many large answers at once', async () => {
    const { test, first, second } = await three()
    await using _ = test
    const large = topic<number, Uint8Array>('large')
    second.serve(large, () => new Uint8Array(1024 * 1024))
    const answers = Array.from({ length: 40 }, (_, i) =>
      first.request('m-1', large, i, { timeoutMs: 60_000 }),
    )
    for (const answer of await test.until(Promise.all(answers))) {
      expect((answer as Uint8Array).length).toBe(1024 * 1024)
    }
  })

  it('keep their link when thousands of handlers fail at once, with all they may say', async () => {
    const { test, first, second } = await three()
    await using _ = test
    let fail: (error: unknown) => void = () => {}
    const failing = new Promise<number>((_, reject) => {
      fail = reject
    })
    second.serve(double, () => failing)
    const codes = new Map<unknown, number>()
    const asked = Array.from({ length: 8000 }, (_, i) =>
      first.request('m-1', double, i, { timeoutMs: 60_000 }).catch((error) => {
        codes.set(error.code, (codes.get(error.code) ?? 0) + 1)
      }),
    )
    await test.advance(1000)
    fail(new HandlerError('DB_DOWN', 'é'.repeat(3000), 'x'.repeat(16_000)))
    await test.until(Promise.all(asked))
    expect([...codes.keys()].sort()).toEqual(['ERR_ROLLCALL_BACKPRESSURE', 'ERR_ROLLCALL_REMOTE'])
    expect(codes.get('ERR_ROLLCALL_REMOTE')).toBeGreaterThan(3000)
  })

  it("carry streams of bytes, which are the receiver's own", async () => {
    const { test, first, second } = await three()
    await using _ = test
    const chunks = Array.from({ length: 32 }, (_, i) => new Uint8Array(50_000).fill(i))
    const shard = streamTopic<string>('shard')
    second.serve(shard, async function* () {
      for (const chunk of chunks) {
        await test.sleep(1)
        yield chunk
      }
    })
    const read = async () => {
      const counts = new Map<number, number>()
      for await (const chunk of first.stream('m-1', shard, 'all')) {
        for (const byte of chunk) counts.set(byte, (counts.get(byte) ?? 0) + 1)
        chunk.fill(255)
      }
      return counts
    }
    const counts = await test.until(read())
    expect([...counts]).toEqual(chunks.map((_, i) => [i, 50_000]))
    expect(chunks.every((chunk, i) => chunk.every((byte) => byte === i))).toBe(true)
  })
})
