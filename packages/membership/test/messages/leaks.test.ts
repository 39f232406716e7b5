import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { streamTopic, topic } from '../../src/messages/topic.ts'
import { settled } from './fake-platform.ts'
import { type FakeMember, pair } from './fake-sessions.ts'

const never = () => new Promise<never>(() => {})

/** Every way in which a request fails, by name. */
function failures(a: FakeMember, b: FakeMember): (() => Promise<unknown>)[] {
  const serving = (name: string, handler: (body: unknown) => unknown) => {
    b.messenger.serve(topic(name), handler)
    return topic(name)
  }
  const throwing = serving('throws', () => {
    throw new Error('no')
  })
  const rejecting = serving('rejects', () => Promise.reject(new Error('no')))
  const unserializable = serving('date', () => new Date())
  const silent = serving('silent', never)
  const shard = streamTopic('shard')
  b.messenger.serve(shard, async function* () {
    yield new Uint8Array(1)
    throw new Error('no')
  })
  const upload = async function* () {
    yield new Uint8Array(1)
    throw new Error('no')
  }
  const aborted = () => {
    const aborting = new AbortController()
    const asked = a.messenger.request('b', silent, 1, { signal: aborting.signal })
    aborting.abort(new Error('no'))
    return asked
  }
  return [
    () => a.messenger.request('b', topic('unknown'), 1),
    () => a.messenger.request('nobody', throwing, 1),
    () => a.messenger.request('a', throwing, 1),
    () => a.messenger.request('b', throwing, () => 0),
    () => a.messenger.request('b', throwing, 1),
    () => a.messenger.request('b', rejecting, 1),
    () => a.messenger.request('b', unserializable, 1),
    () => a.messenger.request('b', silent, 1, { timeoutMs: 1 }),
    () => a.messenger.request('b', silent, 1, { chunks: upload() }),
    aborted,
    async () => {
      for await (const _ of a.messenger.stream('b', shard, 1));
    },
  ]
}

it('requests that fail leave nothing behind, on either side', async () => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const [a, b] = pair()
  const ways = failures(a, b)
  let failed = 0
  const run = async (rounds: number) => {
    for (let round = 0; round < rounds; round++) {
      // Vitest keeps what it is given to expect something of.
      const ended = Promise.allSettled(ways.map((way) => way()))
      await settled()
      await a.platform.advance(2)
      failed += (await ended).filter(({ status }) => status === 'rejected').length
      for (const one of [a, b]) one.session(one === a ? 'b' : 'a').posted.length = 0
    }
    gc()
    return process.memoryUsage().heapUsed
  }
  const before = await run(100)
  const after = await run(1000)
  // 11,000 requests: a hundred bytes of each would be seen.
  expect(after - before).toBeLessThan(1_000_000)
  expect(failed).toBe(1100 * ways.length)
  for (const { exchanges } of [a, b]) {
    for (const { calls, inService, watchers } of exchanges.peers.all()) {
      expect([calls.size, inService, watchers.size]).toEqual([0, 0, 0])
    }
  }
  expect(a.platform.timers).toBe(0)
})
