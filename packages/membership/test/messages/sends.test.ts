import { describe, expect, it } from 'vitest'
import { topic } from '../../src/messages/topic.ts'
import { settled } from './fake-platform.ts'
import { connect, FakeMember, linked, pair } from './fake-sessions.ts'

const note = topic<unknown>('note')

describe('send', () => {
  it('delivers in order, and resolves before anything is delivered', async () => {
    const [a, b] = pair()
    const seen: unknown[] = []
    b.messenger.serve(note, (body, { from }) => void seen.push([from.name, body]))
    b.session('a').freeze()
    a.session('b').freeze()
    for (let i = 0; i < 100; i++) await a.messenger.send('b', note, i)
    expect(seen).toEqual([])
    a.session('b').thaw()
    await settled()
    expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => ['a', i]))
    expect(b.session('a').posted).toEqual([])
  })

  it('knows nothing of handlers that fail: they are logged, once a minute', async () => {
    const [a, b] = pair()
    b.messenger.serve(note, (body) => {
      if (body === 1) throw new Error('at once')
      return Promise.reject(new Error('later'))
    })
    for (const body of [1, 2, 1, 2]) await a.messenger.send('b', note, body)
    await a.messenger.send('b', topic('nobody'), 1)
    await settled()
    expect(b.lines).toEqual([
      'the handler of note failed on a message from a: at once',
      'message from a on nobody dropped: unknown-topic',
    ])
    expect([b.dropped, b.failed]).toEqual([1, 4])
    expect(b.session('a').posted).toEqual([])
  })

  it('is logged by sender and topic when it comes to nothing: one hides no other', async () => {
    const [a, b, c] = linked('a', 'b', 'c') as [FakeMember, FakeMember, FakeMember]
    const refuse = () => {
      throw new Error('refused')
    }
    for (const name of ['one', 'two']) {
      b.messenger.serve(topic(name), () => {
        throw new Error('no')
      })
      b.messenger.serve(topic(`strict ${name}`, { validate: refuse }), () => 1)
    }
    for (const name of ['one', 'two', 'strict one', 'strict two', 'nobody', 'nobody either']) {
      for (const sender of [a, c, a, c]) await sender.messenger.send('b', topic(name), 1)
    }
    await settled()
    const about = (sender: string) => [
      `the handler of one failed on a message from ${sender}: no`,
      `the handler of two failed on a message from ${sender}: no`,
      `message from ${sender} on strict one dropped: refused`,
      `message from ${sender} on strict two dropped: refused`,
      `message from ${sender} on nobody dropped: unknown-topic`,
      `message from ${sender} on nobody either dropped: unknown-topic`,
    ]
    expect([...b.lines].sort()).toEqual([...about('a'), ...about('c')].sort())
    expect([b.dropped, b.failed]).toEqual([16, 8])
  })

  it('on ever new topics that nobody serves hides nothing else', async () => {
    const [a, b] = pair()
    b.messenger.serve(note, () => {
      throw new Error('no')
    })
    b.messenger.serve(topic('strict', { validate: () => expect.fail('refused') }), () => 1)
    const fail = async () => {
      await a.messenger.send('b', note, 1)
      await a.messenger.send('b', topic<unknown>('strict'), 1)
    }
    await fail()
    for (let i = 0; i < 2000; i++) await a.messenger.send('b', topic(`no ${i}`), 1)
    await fail()
    await settled()
    // The bound of one kind, and that it is reached.
    expect(b.lines.filter((line) => line.includes('unknown-topic'))).toHaveLength(256)
    expect(b.lines.filter((line) => line.startsWith('the handler of note'))).toHaveLength(1)
    expect(b.lines.filter((line) => line.includes('on strict dropped'))).toHaveLength(1)
  })

  it('rejects with what is known at once', async () => {
    const [a] = pair()
    await expect(a.messenger.send('c', note, 1)).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_UNKNOWN_MEMBER',
    })
    await expect(a.messenger.send('a', note, 1)).rejects.toMatchObject({ code: 'ERR_ROLLCALL_TO_SELF' })
    await expect(a.messenger.send('b', note, () => 0)).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_BODY_TYPE',
    })
    await expect(a.messenger.send('b', note, new Uint8Array(5e6))).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_BODY_TOO_LARGE',
      part: 'request',
    })
    a.session('b').break()
    await expect(a.messenger.send('b', note, 1)).rejects.toMatchObject({ code: 'ERR_ROLLCALL_UNREACHABLE' })
    a.see('b', 'left')
    await expect(a.messenger.send('b', note, 1)).rejects.toMatchObject({ code: 'ERR_ROLLCALL_MEMBER_GONE' })
    expect(a.session('b').posted).toEqual([])
  })

  it('is refused while too much waits, and one can wait until it is not', async () => {
    const [a, b] = pair()
    let received = 0
    b.messenger.serve(note, () => void received++)
    a.session('b').freeze()
    const body = new Uint8Array(1024 * 1024)
    for (let i = 0; i < 4; i++) await a.messenger.send('b', note, body)
    await expect(a.messenger.send('b', note, body)).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_BACKPRESSURE',
      at: 'sender',
      member: 'b',
    })
    let isWritable = false
    const waiting = a.messenger.writable('b').then(() => {
      isWritable = true
    })
    await settled()
    expect(isWritable).toBe(false)
    a.session('b').thaw()
    await waiting
    await a.messenger.send('b', note, body)
    await settled()
    expect(received).toBe(5)
  })

  it('drops messages whose handlers do not end, past a bound', async () => {
    const [a, b] = pair()
    let ran = 0
    b.messenger.serve(note, () => {
      ran++
      return new Promise(() => {})
    })
    for (let i = 0; i < 4100; i++) await a.messenger.send('b', note, 1)
    await settled()
    expect([ran, b.dropped]).toEqual([4096, 4])
    expect(b.lines).toEqual([
      'message from a on note dropped: its handler has not ended for 4096 of them, with 4096 bytes',
    ])
    b.see('a', 'failed')
    b.see('a', 'alive')
    await a.messenger.send('b', note, 1)
    await settled()
    expect(ran).toBe(4097)
  })

  it('on a topic whose handlers do not end leaves room for other topics, and for requests in any case', async () => {
    const [a, b] = pair()
    const ask = topic<number, number>('ask')
    const other = topic<unknown>('other')
    let seen = 0
    b.messenger.serve(ask, (body) => body as number)
    b.messenger.serve(other, async () => void seen++)
    const hang = async (name: string, bytes: number) => {
      b.messenger.serve(topic(name), () => new Promise(() => {}))
      for (let i = 0; i < 20; i++) {
        await a.messenger.send('b', topic<unknown>(name), new Uint8Array(bytes))
        await settled()
      }
    }
    await hang('first', 4_000_000)
    for (let i = 0; i < 5; i++) await a.messenger.send('b', other, 1)
    await settled()
    expect([seen, b.dropped]).toEqual([5, 12])
    await hang('second', 4_000_000)
    await hang('third', 1_500_000)
    expect(await a.messenger.request('b', ask, 1)).toBe(1)
    expect(await a.messenger.request('b', ask, 2, { timeoutMs: Number.POSITIVE_INFINITY })).toBe(2)
  })
})

describe('writable', () => {
  it('waits for a link, and for the next life of a name', async () => {
    const [a, b] = pair()
    await a.messenger.writable('b')
    a.session('b').break()
    const relinked = a.messenger.writable(b.self)
    a.session('b').link()
    await relinked
    a.session('b').break()
    const [byName, byMember] = [a.messenger.writable('b'), a.messenger.writable(b.self)]
    const gone = expect(byMember).rejects.toMatchObject({ how: 'restarted' })
    connect(a, new FakeMember('b', a.platform, 'b-second'))
    await gone
    a.exchanges.linkChanged(a.session('b'))
    await byName
  })

  it('waits while too many requests are under way', async () => {
    const [a, b] = pair()
    const ask = topic('ask')
    b.messenger.serve(ask, () => 1)
    const asked = Array.from({ length: 65_536 }, () => a.messenger.request('b', ask, 0))
    const refused = a.messenger.request('b', ask, 0)
    let answered = 0
    for (const each of asked) each.then(() => answered++)
    const answeredBefore = a.messenger.writable('b').then(() => answered)
    await expect(refused).rejects.toMatchObject({ at: 'sender', mayHaveRun: false })
    expect(await answeredBefore).toBeGreaterThan(0)
    await Promise.all(asked)
  })

  it('rejects when there is nothing to wait for', async () => {
    const [a] = pair()
    a.session('b').break()
    await expect(a.messenger.writable('c')).rejects.toMatchObject({ code: 'ERR_ROLLCALL_UNKNOWN_MEMBER' })
    await expect(a.messenger.writable('b', { signal: AbortSignal.abort('no') })).rejects.toBe('no')
    const aborting = new AbortController()
    const waiting = a.messenger.writable('b', { signal: aborting.signal })
    aborting.abort('enough')
    await expect(waiting).rejects.toBe('enough')
    const dying = a.messenger.writable('b')
    a.see('b', 'failed')
    await expect(dying).rejects.toMatchObject({ code: 'ERR_ROLLCALL_MEMBER_GONE', mayHaveRun: false })
    await expect(a.messenger.writable('b', { signl: 1 } as never)).rejects.toThrow(/such as signal/)
  })
})

describe('broadcast', () => {
  it('goes to every other member that is present, and says who took it', async () => {
    const [a, b, c, d, e] = linked('a', 'b', 'c', 'd', 'e') as FakeMember[] as [
      FakeMember,
      FakeMember,
      FakeMember,
      FakeMember,
      FakeMember,
    ]
    const seen: string[] = []
    for (const one of [b, c, d, e])
      one.messenger.serve(note, (body) => void seen.push(`${one.self.name} ${body}`))
    a.session('c').break()
    a.see('b', 'suspect')
    a.see('d', 'failed')
    const { accepted, refused } = await a.messenger.broadcast(note, 'hello')
    await settled()
    expect(accepted.map(({ name }) => name).sort()).toEqual(['b', 'e'])
    expect(refused).toEqual([
      {
        member: expect.objectContaining({ name: 'c' }),
        error: expect.objectContaining({ code: 'ERR_ROLLCALL_UNREACHABLE' }),
      },
    ])
    expect(seen.sort()).toEqual(['b hello', 'e hello'])
    expect(a.session('b').posted[0]).toBe(a.session('e').posted[0])
    await expect(a.messenger.broadcast(note, Symbol('x'))).rejects.toMatchObject({ path: 'body' })
  })
})
