import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import type { HandlerContext } from '../../src/messages/service.ts'
import { streamTopic, topic } from '../../src/messages/topic.ts'
import { settled } from './fake-platform.ts'
import { type FakeMember, pair } from './fake-sessions.ts'

const shard = streamTopic('shard')
const upload = topic<unknown, unknown>('upload')
const KIB = 1024

/** So many chunks of a size, each filled with its number; counts what was taken from it, and whether it was ended. */
function source(count: number, bytes: number, state = { taken: 0, ended: false }) {
  async function* chunks() {
    try {
      for (let i = 0; i < count; i++) {
        state.taken++
        yield new Uint8Array(bytes).fill(i)
      }
    } finally {
      state.ended = true
    }
  }
  return { state, chunks: chunks() }
}

async function total(chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0
  for await (const chunk of chunks) bytes += chunk.length
  return bytes
}

function chunkBytes(member: FakeMember, to: string): number[] {
  return member.session(to).posted.flatMap((item) => (item.type === 'chunk' ? [item.bytes.length] : []))
}

describe('a stream', () => {
  it('brings all chunks in order, split where they are long, and then ends', async () => {
    const [a, b] = pair()
    b.messenger.serve(shard, async function* (body) {
      expect(body).toEqual({ shard: 7 })
      yield new Uint8Array(0)
      for (let i = 0; i < 100; i++) yield new Uint8Array(i * KIB).fill(i)
    })
    const chunks: Uint8Array[] = []
    for await (const chunk of a.messenger.stream('b', shard, { shard: 7 })) chunks.push(chunk)
    const bytes = Buffer.concat(chunks)
    expect(bytes.length).toBe(((99 * 100) / 2) * KIB)
    let at = 0
    for (let i = 0; i < 100; i++) {
      for (let k = 0; k < i * KIB; k += KIB) expect(bytes[at + k]).toBe(i)
      at += i * KIB
    }
    expect(Math.max(...chunkBytes(b, 'a'))).toBeLessThanOrEqual(64 * KIB)
  })

  it('stays at most 256 KiB ahead of its reader', async () => {
    const [a, b] = pair()
    const { chunks, state } = source(1000, 10 * KIB)
    b.messenger.serve(shard, () => chunks)
    const reader = a.messenger.stream('b', shard, 1)
    expect(b.session('a').posted).toEqual([])
    let read = (await reader.next()).value?.length
    await settled()
    const sent = () => chunkBytes(b, 'a').reduce((sum, bytes) => sum + bytes, 0)
    expect(sent()).toBe(256 * KIB)
    expect(state.taken).toBe(26)
    for (let i = 0; i < 30; i++) read += (await reader.next()).value?.length
    await settled()
    expect(sent() - read).toBeLessThanOrEqual(256 * KIB)
    expect(sent() - read).toBeGreaterThanOrEqual(128 * KIB)
    expect(await total(reader)).toBe(1000 * 10 * KIB - read)
  })

  it('of tiny chunks costs bounded memory too', async () => {
    const [a, b] = pair()
    const { chunks } = source(5000, 1)
    b.messenger.serve(shard, () => chunks)
    const reader = a.messenger.stream('b', shard, 1)
    await reader.next()
    await settled()
    expect(chunkBytes(b, 'a')).toHaveLength(1024)
    expect(await total(reader)).toBe(4999)
  })

  it('ends the source when the reader leaves the loop, aborts, or is gone', async () => {
    const [a, b] = pair()
    const states: ReturnType<typeof source>['state'][] = []
    b.messenger.serve(shard, () => {
      const { chunks, state } = source(1000, 10 * KIB)
      states.push(state)
      return chunks
    })
    for await (const _ of a.messenger.stream('b', shard, 1)) break
    const aborting = new AbortController()
    const reading = total(a.messenger.stream('b', shard, 1, { signal: aborting.signal }))
    const why = new Error('enough')
    for (let i = 0; i < 20; i++) await undefined
    aborting.abort(why)
    await expect(reading).rejects.toBe(why)
    const forsaken = a.messenger.stream('b', shard, 1)
    await forsaken.next()
    b.see('a', 'failed')
    await settled()
    expect(states.map(({ ended, taken }) => [ended, taken < 1000])).toEqual([
      [true, true],
      [true, true],
      [true, true],
    ])
    expect(await forsaken.return?.()).toEqual({ done: true, value: undefined })
  })

  it('destroys a Node stream that gives nothing', async () => {
    const [a, b] = pair()
    const silent = new Readable({ read() {} })
    b.messenger.serve(shard, async () => silent)
    const reader = a.messenger.stream('b', shard, 1)
    const first = reader.next()
    await settled()
    await reader.return?.()
    expect((await first).done).toBe(true)
    await settled()
    expect(silent.destroyed).toBe(true)
  })

  it('whose reader is gone before its handler has answered leaves nothing behind', async () => {
    const [a, b] = pair()
    const source = new Readable({ read() {} })
    let answer: (source: Readable) => void = () => {}
    const answered = new Promise<Readable>((resolve) => {
      answer = resolve
    })
    b.messenger.serve(shard, () => answered)
    const reader = a.messenger.stream('b', shard, 1)
    const first = reader.next()
    await settled()
    await reader.return?.()
    expect((await first).done).toBe(true)
    answer(source)
    await settled()
    expect(source.destroyed).toBe(true)
    // A file that cannot be opened says so late: nobody but Rollcall has this stream.
    source.emit('error', new Error('no such file'))
    expect(b.exchanges.peers.meant('a').inService).toBe(0)
    b.messenger.serve(upload, () => 'served')
    for (let i = 0; i < 3; i++) expect(await a.messenger.request('b', upload, 1)).toBe('served')
  })

  it('that is aborted drops what has come, and throws at once', async () => {
    const [a, b] = pair()
    b.messenger.serve(shard, () => source(1000, KIB).chunks)
    const aborting = new AbortController()
    const reader = a.messenger.stream('b', shard, 1, { signal: aborting.signal })
    await reader.next()
    await settled()
    const why = new Error('enough')
    aborting.abort(why)
    await expect(reader.next()).rejects.toBe(why)
    expect(await reader.next()).toEqual({ done: true, value: undefined })
  })

  it('throws what its source throws, after what came before', async () => {
    const [a, b] = pair()
    b.messenger.serve(shard, async function* () {
      yield new Uint8Array(10)
      throw Object.assign(new Error('disk'), { code: 'EIO' })
    })
    const reader = a.messenger.stream('b', shard, 1)
    expect((await reader.next()).value).toHaveLength(10)
    await expect(reader.next()).rejects.toMatchObject({ code: 'ERR_ROLLCALL_REMOTE', remoteCode: 'EIO' })
    expect(await reader.next()).toEqual({ done: true, value: undefined })
  })

  it('throws a typed error when it cannot begin, or what it brings are no bytes', async () => {
    const [a, b] = pair()
    const first = (to: string, of = shard) => a.messenger.stream(to, of, 1).next()
    await expect(first('c')).rejects.toMatchObject({ code: 'ERR_ROLLCALL_UNKNOWN_MEMBER' })
    await expect(first('b')).rejects.toMatchObject({ code: 'ERR_ROLLCALL_UNKNOWN_TOPIC' })
    b.messenger.serve(shard, () => ['text'] as never)
    await expect(first('b')).rejects.toMatchObject({ remoteName: 'TypeError' })
    const texts = streamTopic('texts')
    b.messenger.serve(texts, () => Readable.from(['text']))
    await expect(first('b', texts)).rejects.toMatchObject({ code: 'ERR_ROLLCALL_BODY_TYPE', part: 'chunk' })
    await expect(a.messenger.request('b', shard as never, 1)).rejects.toMatchObject({ option: 'topic' })
    await expect(first('b', upload as never)).rejects.toMatchObject({ option: 'topic' })
    b.messenger.serve(topic('plain'), () => 1)
    await expect(first('b', streamTopic('plain'))).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_UNKNOWN_TOPIC',
    })
    const wrong = a.messenger.stream('b', shard, 1, { sgnal: 1 } as never)
    await expect(wrong.next()).rejects.toThrow(/such as signal/)
    const noSignal = a.messenger.stream('b', shard, 1, { signal: 1 as never })
    await expect(noSignal.next()).rejects.toMatchObject({ option: 'signal' })
  })

  it('ends with the life of its member, and with its link', async () => {
    const [a, b] = pair()
    b.messenger.serve(shard, () => source(1000, KIB).chunks)
    const dying = total(a.messenger.stream('b', shard, 1))
    const end = expect(dying).rejects.toMatchObject({ code: 'ERR_ROLLCALL_MEMBER_GONE', mayHaveRun: true })
    a.session('b').break()
    a.see('b', 'failed')
    await end
    a.see('b', 'alive')
    a.session('b').link()
    const breaking = total(a.messenger.stream('b', shard, 1))
    const broken = expect(breaking).rejects.toMatchObject({ code: 'ERR_ROLLCALL_UNREACHABLE' })
    a.session('b').break()
    a.session('b').link()
    await broken
    expect(await total(a.messenger.stream('b', shard, 1))).toBe(1000 * KIB)
  })

  it('waits while chunks of others have filled their part of the link, and all go on', async () => {
    const [a, b] = pair()
    b.messenger.serve(shard, () => source(100, 64 * KIB).chunks)
    b.session('a').freeze()
    const reading = Array.from({ length: 20 }, () => total(a.messenger.stream('b', shard, 1)))
    await settled()
    expect(chunkBytes(b, 'a').length).toBe(32)
    expect(b.session('a').isWritable).toBe(true)
    b.session('a').thaw()
    expect(await Promise.all(reading)).toEqual(Array(20).fill(100 * 64 * KIB))
  })

  it('is one of at most 64 with a member', async () => {
    const [a, b] = pair()
    b.messenger.serve(shard, () => source(1000, KIB).chunks)
    const open = Array.from({ length: 64 }, () => a.messenger.stream('b', shard, 1))
    for (const reader of open) await reader.next()
    const refused = { code: 'ERR_ROLLCALL_BACKPRESSURE', at: 'sender' }
    await expect(a.messenger.stream('b', shard, 1).next()).rejects.toMatchObject(refused)
    const { chunks, state } = source(1, 1)
    await expect(a.messenger.request('b', upload, 1, { chunks })).rejects.toMatchObject(refused)
    expect(state.taken).toBe(0)
    await open[0]?.return?.()
    expect(await total(a.messenger.stream('b', shard, 1))).toBe(1000 * KIB)
  })

  it('is whole or an error, even if the link loses a chunk', async () => {
    const [a, b] = pair()
    b.messenger.serve(shard, () => source(10, KIB).chunks)
    const { exchanges } = a
    const { received } = exchanges
    let chunks = 0
    exchanges.received = (session, item) => {
      if (item.type !== 'chunk' || ++chunks !== 5) received.call(exchanges, session, item)
    }
    await expect(total(a.messenger.stream('b', shard, 1))).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_INCOMPLETE_STREAM',
    })
  })

  it('that sends more than was granted is given up', async () => {
    const [a, b] = pair()
    b.messenger.serve(shard, () => source(10, KIB).chunks)
    const reader = a.messenger.stream('b', shard, 1)
    await reader.next()
    const id = a.session('b').posted.flatMap((item) => (item.type === 'request' ? [item.id] : []))[0] ?? 0
    for (let i = 0; i < 5; i++) {
      b.session('a').post({ type: 'chunk', isAnswer: true, id, bytes: new Uint8Array(64 * KIB) })
    }
    await expect(total(reader)).rejects.toMatchObject({ code: 'ERR_ROLLCALL_INCOMPLETE_STREAM' })
  })

  it('can be piped', async () => {
    const [a, b] = pair()
    b.messenger.serve(shard, () => Readable.from([Buffer.from('ab'), Buffer.from('cd')]))
    let text = ''
    await pipeline(a.messenger.stream('b', shard, 1), async (chunks: AsyncIterable<Uint8Array>) => {
      for await (const chunk of chunks) text += Buffer.from(chunk).toString()
    })
    expect(text).toBe('abcd')
  })
})

describe('an upload', () => {
  it('is read by the handler, at most 256 KiB ahead, without a timeout', async () => {
    const [a, b] = pair()
    const { chunks, state } = source(1000, KIB)
    let go: (() => void) | undefined
    b.messenger.serve(upload, async (body, { chunks, deadline }) => {
      await new Promise<void>((resolve) => {
        go = resolve
      })
      return { body, bytes: await total(chunks), deadline: deadline ?? 'none' }
    })
    const asked = a.messenger.request('b', upload, 'first', { chunks })
    await settled()
    await a.platform.advance(60_000)
    expect(state.taken).toBe(257)
    go?.()
    expect(await asked).toEqual({ body: 'first', bytes: 1000 * KIB, deadline: 'none' })
  })

  it('leaves nothing in the line when it is answered early, and a stream nothing when it is left', async () => {
    const [a, b] = pair()
    b.messenger.serve(shard, () => source(4, 64 * KIB).chunks)
    b.messenger.serve(upload, () => 'enough')
    for (let i = 0; i < 40; i++) {
      a.session('b').freeze()
      const { chunks } = source(4, 64 * KIB)
      const asked = a.messenger.request('b', upload, 1, { chunks })
      await settled()
      expect(a.session('b').chunkBytes).toBeGreaterThan(250 * KIB)
      a.session('b').deliverOne()
      expect(await asked).toBe('enough')
      expect(a.session('b').chunkBytes).toBe(0)
      a.session('b').thaw()

      const reader = a.messenger.stream('b', shard, 1)
      b.session('a').freeze()
      const first = reader.next()
      await settled()
      expect(b.session('a').chunkBytes).toBeGreaterThan(250 * KIB)
      await reader.return?.()
      await first
      await settled()
      expect(b.session('a').chunkBytes).toBe(0)
      b.session('a').thaw()
    }
  })

  it('stops when the answer comes before its end, and when it is aborted', async () => {
    const [a, b] = pair()
    b.messenger.serve(upload, async (_, { chunks }) => {
      for await (const chunk of chunks) return chunk.length
    })
    const early = source(1000, 2 * KIB)
    expect(await a.messenger.request('b', upload, 1, { chunks: early.chunks })).toBe(2 * KIB)
    await settled()
    expect(early.state.ended).toBe(true)

    let context: HandlerContext | undefined
    b.messenger.serve(topic('slow'), async (_, given) => {
      context = given
      await total(given.chunks)
    })
    const aborting = new AbortController()
    const silent = new Readable({ read() {} })
    const asked = a.messenger.request('b', topic('slow'), 1, { chunks: silent, signal: aborting.signal })
    await settled()
    aborting.abort(new Error('enough'))
    await expect(asked).rejects.toThrow('enough')
    await settled()
    expect(silent.destroyed).toBe(true)
    expect(context?.signal.reason).toMatchObject({ code: 'ERR_ROLLCALL_CANCELLED' })
  })

  it('whose source fails rejects with its error, and is incomplete for the handler', async () => {
    const [a, b] = pair()
    let seen: unknown
    b.messenger.serve(upload, async (_, { chunks }) => {
      await total(chunks).catch((error: unknown) => {
        seen = error
      })
    })
    async function* failing() {
      yield new Uint8Array(10)
      throw new Error('disk')
    }
    await expect(a.messenger.request('b', upload, 1, { chunks: failing() })).rejects.toThrow('disk')
    await settled()
    expect(seen).toMatchObject({ code: 'ERR_ROLLCALL_INCOMPLETE_STREAM', member: 'a' })
    const text = Readable.from(['text'])
    await expect(a.messenger.request('b', upload, 1, { chunks: text })).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_BODY_TYPE',
      part: 'chunk',
    })
  })

  it('that is cancelled is over for a handler that is behind, even if all of it has come', async () => {
    const [a, b] = pair()
    let proceed: () => void = () => {}
    const slow = new Promise<void>((resolve) => {
      proceed = resolve
    })
    let seen: unknown
    b.messenger.serve(upload, async (_, { chunks }) => {
      await slow
      await total(chunks).catch((error: unknown) => {
        seen = error
      })
    })
    const aborting = new AbortController()
    const { chunks } = source(10, KIB)
    const asked = a.messenger.request('b', upload, 1, { chunks, signal: aborting.signal })
    await settled()
    aborting.abort(new Error('enough'))
    await expect(asked).rejects.toThrow('enough')
    proceed()
    await settled()
    expect(seen).toMatchObject({ code: 'ERR_ROLLCALL_CANCELLED' })
  })

  it('ends for the handler with the link', async () => {
    const [a, b] = pair()
    let seen: unknown
    b.messenger.serve(upload, async (_, { chunks }) => {
      await total(chunks).catch((error: unknown) => {
        seen = error
      })
    })
    const chunks = new Readable({ read() {} })
    chunks.push(new Uint8Array(KIB))
    const asked = a.messenger.request('b', upload, 1, { chunks })
    const end = expect(asked).rejects.toMatchObject({ code: 'ERR_ROLLCALL_UNREACHABLE', mayHaveRun: true })
    await settled()
    a.session('b').break()
    a.session('b').link()
    await end
    await settled()
    expect(seen).toMatchObject({ code: 'ERR_ROLLCALL_UNREACHABLE' })
    expect(chunks.destroyed).toBe(true)
  })
})
