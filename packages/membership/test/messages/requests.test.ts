import { describe, expect, it } from 'vitest'
import { ClosedError } from '../../src/errors.ts'
import { HandlerError } from '../../src/message-errors.ts'
import type { HandlerContext } from '../../src/messages/service.ts'
import { topic } from '../../src/messages/topic.ts'
import { settled } from './fake-platform.ts'
import { connect, FakeMember, linked, pair } from './fake-sessions.ts'

const echo = topic<unknown, unknown>('echo')
const never = () => new Promise<never>(() => {})

/** Throws whatever is done with it. */
function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

describe('a request', () => {
  it('is answered by the handler of its topic, at once or later', async () => {
    const [a, b] = pair()
    b.messenger.serve(echo, (body) => ({ now: body }))
    expect(await a.messenger.request('b', echo, 'x')).toEqual({ now: 'x' })
    const later = topic<number, number>('later', { validate: Number, validateResponse: Number })
    b.messenger.serve(later, async (body) => body + 1)
    const answer: number = await a.messenger.request(b.self, later, 1)
    expect(answer).toBe(2)
  })

  it('goes both ways at once, and answers find their requests', async () => {
    const [a, b] = pair()
    for (const one of [a, b]) one.messenger.serve(echo, async (body) => body)
    const numbers = Array.from({ length: 1000 }, (_, i) => i)
    const asked = numbers.flatMap((i) => [
      a.messenger.request('b', echo, i),
      b.messenger.request('a', echo, i + 1),
    ])
    expect(await Promise.all(asked)).toEqual(numbers.flatMap((i) => [i, i + 1]))
  })

  it('gives its handler the sender and the deadline', async () => {
    const [a, b] = pair()
    let seen: HandlerContext | undefined
    b.messenger.serve(echo, (_, context) => {
      seen = context
    })
    await a.messenger.request('b', echo, 1, { timeoutMs: 300 })
    expect(seen).toMatchObject({ from: { name: 'a' }, deadline: 1_000_300 })
    await a.messenger.request('b', echo, 1, { timeoutMs: Number.POSITIVE_INFINITY })
    expect(seen?.deadline).toBeUndefined()
    for await (const _ of seen?.chunks ?? []) expect.unreachable()
  })

  it('gives its handler nothing else', async () => {
    const [a, b] = pair()
    let seen: object = {}
    b.messenger.serve(echo, (_, context) => {
      seen = context
    })
    await a.messenger.request('b', echo, 1)
    expect(Object.keys(seen)).toEqual([])
    const shown = Object.getOwnPropertyNames(Object.getPrototypeOf(seen))
    expect(shown.sort()).toEqual(['chunks', 'constructor', 'deadline', 'from', 'signal'])
  })

  it('starts handlers in the order of the calls', async () => {
    const [a, b] = pair()
    const order: unknown[] = []
    b.messenger.serve(echo, (body) => void order.push(body))
    const one = topic<unknown>('one')
    b.messenger.serve(one, (body) => void order.push(body))
    const calls = []
    for (let i = 0; i < 300; i += 3) {
      calls.push(a.messenger.request('b', echo, i), a.messenger.send('b', one, i + 1))
      calls.push(a.messenger.request('b', one, i + 2))
    }
    await Promise.all(calls)
    expect(order).toEqual(Array.from({ length: 300 }, (_, i) => i))
  })

  it('times out, and its handler is told', async () => {
    const [a, b] = pair()
    let reason: unknown
    b.messenger.serve(echo, (_, { signal }) => {
      signal.addEventListener('abort', () => {
        reason = signal.reason
      })
      return never()
    })
    const quick = a.messenger.request('b', echo, 1, { timeoutMs: 100 })
    const slow = a.messenger.request('b', echo, 1)
    const quickEnd = expect(quick).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_REQUEST_TIMEOUT',
      member: 'b',
      topic: 'echo',
      timeoutMs: 100,
      mayHaveRun: true,
    })
    const slowEnd = expect(slow).rejects.toMatchObject({ timeoutMs: 5000 })
    await settled()
    // Whatever becomes of the cancel, the other side knows the deadline.
    a.session('b').freeze()
    await a.platform.advance(101)
    await quickEnd
    expect(reason).toMatchObject({ code: 'ERR_ROLLCALL_REQUEST_TIMEOUT' })
    await a.platform.advance(4890)
    expect(b.session('a').posted).toEqual([])
    await a.platform.advance(20)
    await slowEnd
    expect(a.platform.timers).toBe(0)
  })

  it('that is aborted rejects with the reason of its signal, and cancels its handler', async () => {
    const [a, b] = pair()
    let reason: unknown
    b.messenger.serve(echo, (_, context) => {
      context.signal.onabort = () => {
        reason = context.signal.reason
      }
      return never()
    })
    const aborting = new AbortController()
    const asked = a.messenger.request('b', echo, 1, { signal: aborting.signal })
    await settled()
    const why = new Error('enough')
    aborting.abort(why)
    await expect(asked).rejects.toBe(why)
    await settled()
    expect(reason).toMatchObject({ code: 'ERR_ROLLCALL_CANCELLED', member: 'a' })
    const sent = a.session('b').posted.length
    await expect(a.messenger.request('b', echo, 1, { signal: aborting.signal })).rejects.toBe(why)
    expect(a.session('b').posted).toHaveLength(sent)
  })

  it('shows an aborted signal to a handler that looks only then', async () => {
    const [a, b] = pair()
    let context: HandlerContext | undefined
    b.messenger.serve(echo, (_, given) => {
      context = given
      return never()
    })
    const asked = a.messenger.request('b', echo, 1, { timeoutMs: 50 })
    const end = expect(asked).rejects.toMatchObject({ code: 'ERR_ROLLCALL_REQUEST_TIMEOUT' })
    await settled()
    await a.platform.advance(60)
    await end
    expect(context?.signal.aborted).toBe(true)
  })
})

describe('what goes wrong at the handler', () => {
  it('reaches the requester as RemoteError, with name, code and details, and without stack', async () => {
    const [a, b] = pair()
    const thrown: Record<string, unknown> = {
      type: new TypeError('wrong type'),
      code: Object.assign(new Error('no file'), { code: 'ENOENT' }),
      own: new HandlerError('NOT_OWNER', 'ask cache-2', { owner: 'cache-2' }),
      huge: new HandlerError('HUGE', 'x'.repeat(100_000), 'y'.repeat(100_000)),
      odd: new HandlerError('ODD', 'odd', () => 0),
      text: 'just text',
      nothing: undefined,
      hostile: Object.create(null),
    }
    b.messenger.serve(echo, (body) => {
      throw thrown[String(body)]
    })
    const failing = (what: string) => a.messenger.request('b', echo, what).then(undefined, (error) => error)
    const common = { code: 'ERR_ROLLCALL_REMOTE', member: 'b', topic: 'echo' }
    expect(await failing('type')).toMatchObject({
      ...common,
      message: 'wrong type',
      remoteName: 'TypeError',
      remoteCode: undefined,
      details: undefined,
    })
    expect(await failing('code')).toMatchObject({ remoteCode: 'ENOENT', remoteName: 'Error' })
    expect(await failing('own')).toMatchObject({ remoteCode: 'NOT_OWNER', details: { owner: 'cache-2' } })
    expect(await failing('huge')).toMatchObject({ remoteCode: 'HUGE', details: undefined })
    expect((await failing('huge')).message.length).toBeLessThan(4096)
    expect(await failing('odd')).toMatchObject({ remoteCode: 'ODD', details: undefined })
    expect(await failing('text')).toMatchObject({ ...common, message: 'just text', remoteName: 'Error' })
    expect(await failing('nothing')).toMatchObject({ ...common, message: 'undefined' })
    expect(await failing('hostile')).toMatchObject(common)
    expect(JSON.stringify(b.session('a').posted)).not.toContain('requests.test')
  })

  it('is the same when it rejects', async () => {
    const [a, b] = pair()
    b.messenger.serve(echo, async () => {
      throw new RangeError('later')
    })
    await expect(a.messenger.request('b', echo, 1)).rejects.toMatchObject({ remoteName: 'RangeError' })
  })

  it('is a typed error for a topic that is not served, or no more', async () => {
    const [a, b] = pair()
    const unknown = { code: 'ERR_ROLLCALL_UNKNOWN_TOPIC', member: 'b', topic: 'echo' }
    await expect(a.messenger.request('b', echo, 1)).rejects.toMatchObject(unknown)
    const stop = b.messenger.serve(echo, () => 1)
    expect(() => b.messenger.serve(echo, () => 2)).toThrow(
      expect.objectContaining({ code: 'ERR_ROLLCALL_TOPIC_IN_USE', topic: 'echo' }),
    )
    expect(await a.messenger.request('b', echo, 1)).toBe(1)
    stop()
    await expect(a.messenger.request('b', echo, 1)).rejects.toMatchObject(unknown)
    {
      using _ = b.messenger.serve(echo, () => 3)
      stop()
      expect(await a.messenger.request('b', echo, 1)).toBe(3)
    }
    await expect(a.messenger.request('b', echo, 1)).rejects.toMatchObject(unknown)
  })

  it('is a typed error for a body that is refused, on either side', async () => {
    const [a, b] = pair()
    const strict = (body: unknown): number => {
      if (typeof body === 'number') return body
      throw new Error('no number')
    }
    const sum = topic<number, unknown>('sum', { validate: strict, validateResponse: strict })
    let ran = 0
    b.messenger.serve(sum, (body) => {
      ran++
      return body > 0 ? body : 'negative'
    })
    expect(await a.messenger.request('b', sum, 1)).toBe(1)
    await expect(a.messenger.request('b', sum, 'one' as never)).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_INVALID_BODY',
      part: 'request',
      topic: 'sum',
      message: expect.stringContaining('no number'),
    })
    expect(ran).toBe(1)
    await expect(a.messenger.request('b', sum, -1)).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_INVALID_BODY',
      part: 'response',
      cause: expect.objectContaining({ message: 'no number' }),
    })
    const asynchronous = topic('async', { validate: async () => Promise.reject(new Error('later')) })
    b.messenger.serve(asynchronous, () => 1)
    await expect(a.messenger.request('b', asynchronous, 1 as never)).rejects.toThrow(/at once/)
  })

  it('is a typed error for a response that cannot be sent', async () => {
    const [a, b] = pair()
    b.messenger.serve(echo, (body) =>
      body === 'large' ? new Uint8Array(5 * 1024 * 1024) : { when: new Date() },
    )
    await expect(a.messenger.request('b', echo, 'large')).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_BODY_TOO_LARGE',
      part: 'response',
      bytes: 5 * 1024 * 1024,
      maxBytes: 4 * 1024 * 1024,
    })
    await expect(a.messenger.request('b', echo, 'date')).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_BODY_TYPE',
      part: 'response',
      path: 'body.when',
    })
  })

  it.each([
    // biome-ignore lint/suspicious/noThenProperty: what applications do
    ['a thenable that throws', () => ({ then: () => expect.fail('then') })],
    ['an object that cannot be looked at', () => revoked()],
    ['a promise of one', async () => ({ inner: revoked() })],
  ])('is a typed error for %s, and the next request is served', async (_, handler) => {
    const [a, b] = pair()
    const odd = topic<unknown, unknown>('odd')
    b.messenger.serve(odd, handler)
    b.messenger.serve(echo, (body) => body)
    const asked = expect(a.messenger.request('b', odd, 1)).rejects.toMatchObject({
      code: expect.stringMatching(/REMOTE|BODY_TYPE/),
    })
    expect(await a.messenger.request('b', echo, 'next')).toBe('next')
    await asked
  })

  it('is BackpressureError when too many are in service, and when the answer finds no room', async () => {
    const [a, b] = pair()
    b.messenger.serve(echo, (body) => (body === 'answer' ? new Uint8Array(3 * 1024 * 1024) : never()))
    const kept = Array.from({ length: 8192 }, () => a.messenger.request('b', echo, 1))
    const ends = Promise.allSettled(kept)
    await expect(a.messenger.request('b', echo, 1)).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_BACKPRESSURE',
      at: 'receiver',
      mayHaveRun: false,
    })
    await a.platform.advance(6000)
    expect((await ends).every((end) => end.status === 'rejected')).toBe(true)
    b.session('a').freeze()
    const large = Array.from({ length: 23 }, () => a.messenger.request('b', echo, 'answer'))
    const last = expect(large[22]).rejects.toMatchObject({ at: 'receiver', mayHaveRun: true })
    await settled()
    b.session('a').thaw()
    await last
    expect(await Promise.all(large.slice(0, 22))).toHaveLength(22)
  })

  it('is told in a word when there is no room for more', async () => {
    const [a, b] = pair()
    const long = 'x'.repeat(1000)
    b.messenger.serve(echo, (body) => {
      if (body === 'answer') return new Uint8Array(4 * 1024 * 1024)
      throw new HandlerError('LONG', long)
    })
    const strict = topic<unknown>('strict', { validate: () => expect.fail(long) })
    b.messenger.serve(strict, () => 1)
    b.session('a').freeze()
    const answers = Array.from({ length: 16 }, () => a.messenger.request('b', echo, 'answer'))
    const failures = [
      expect(a.messenger.request('b', echo, 1)).rejects.toMatchObject({ at: 'receiver', mayHaveRun: true }),
      expect(a.messenger.request('b', strict, 1)).rejects.toMatchObject({
        code: 'ERR_ROLLCALL_INVALID_BODY',
        part: 'request',
      }),
      expect(a.messenger.request('b', topic('none'), 1)).rejects.toMatchObject({
        code: 'ERR_ROLLCALL_UNKNOWN_TOPIC',
      }),
    ]
    await settled()
    b.session('a').thaw()
    await Promise.all([...answers, ...failures])
  })
})

describe('requests that wait as long as it takes', () => {
  it('leave room for others when their handlers do not end', async () => {
    const [a, b] = pair()
    b.messenger.serve(echo, (body) => (body === 'hang' ? never() : body))
    const timeoutMs = Number.POSITIVE_INFINITY
    for (let i = 0; i < 4096; i++) a.messenger.request('b', echo, 'hang', { timeoutMs }).catch(() => {})
    const refused = { code: 'ERR_ROLLCALL_BACKPRESSURE', at: 'receiver', mayHaveRun: false }
    await expect(a.messenger.request('b', echo, 1, { timeoutMs })).rejects.toMatchObject(refused)
    expect(await a.messenger.request('b', echo, 1)).toBe(1)
    b.see('a', 'failed')
    b.see('a', 'alive')
    expect(await a.messenger.request('b', echo, 1, { timeoutMs })).toBe(1)
  })
})

describe('whom a request can go to', () => {
  it('must be somebody else who is in the view', async () => {
    const [a, b] = pair()
    await expect(a.messenger.request('c', echo, 1)).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_UNKNOWN_MEMBER',
      member: 'c',
    })
    await expect(a.messenger.request('a', echo, 1)).rejects.toMatchObject({ code: 'ERR_ROLLCALL_TO_SELF' })
    await expect(a.messenger.request(a.self, echo, 1)).rejects.toMatchObject({ code: 'ERR_ROLLCALL_TO_SELF' })
    for (const wrong of [undefined, 5, {}, null]) {
      await expect(a.messenger.request(wrong as never, echo, 1)).rejects.toMatchObject({
        code: 'ERR_ROLLCALL_INVALID_OPTION',
        option: 'to',
      })
    }
    expect(b.session('a').posted).toEqual([])
  })

  it('is one life if it is a member, and the present one if it is a name', async () => {
    const [a, b] = pair()
    const former = b.self
    const again = new FakeMember('b', a.platform, 'b-second')
    connect(a, again)
    again.messenger.serve(echo, () => 'second')
    expect(await a.messenger.request('b', echo, 1)).toBe('second')
    await expect(a.messenger.request(former, echo, 1)).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_MEMBER_GONE',
      how: 'restarted',
      instance: 'b-first',
      mayHaveRun: false,
    })
    a.see('b')
    await expect(a.messenger.request(again.self, echo, 1)).rejects.toMatchObject({ how: 'removed' })
    for (const state of ['failed', 'left'] as const) {
      a.see('b', state, 'b-second')
      await expect(a.messenger.request('b', echo, 1)).rejects.toMatchObject({ how: state })
    }
  })

  it('is unreachable without a link', async () => {
    const [a] = pair()
    a.session('b').break()
    await expect(a.messenger.request('b', echo, 1)).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_UNREACHABLE',
      mayHaveRun: false,
    })
    a.see('z', 'suspect')
    await expect(a.messenger.request('z', echo, 1)).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_UNREACHABLE',
    })
  })
})

describe('a request under way', () => {
  it.each([
    ['failed', 'failed'],
    ['left', 'left'],
    [undefined, 'removed'],
  ] as const)('rejects at once when its member is %s', async (state, how) => {
    const [a, b] = pair()
    b.messenger.serve(echo, never)
    const asked = a.messenger.request('b', echo, 1)
    await settled()
    a.see('b', state)
    await expect(asked).rejects.toMatchObject({ code: 'ERR_ROLLCALL_MEMBER_GONE', how, mayHaveRun: true })
    expect(a.platform.now()).toBe(0)
  })

  it('rejects when its member has restarted', async () => {
    const [a, b] = pair()
    b.messenger.serve(echo, never)
    const asked = a.messenger.request('b', echo, 1)
    const end = expect(asked).rejects.toMatchObject({ how: 'restarted', instance: 'b-first' })
    await settled()
    connect(a, new FakeMember('b', a.platform, 'b-second'))
    await end
  })

  it('waits for the verdict when its link breaks', async () => {
    const [a, b] = pair()
    b.messenger.serve(echo, never)
    const asked = a.messenger.request('b', echo, 1)
    let isOver = false
    const end = expect(asked.finally(() => (isOver = true))).rejects.toMatchObject({ how: 'failed' })
    await settled()
    a.session('b').break()
    await a.platform.advance(2000)
    expect(isOver).toBe(false)
    a.see('b', 'failed')
    await end
  })

  it('is unreachable when its link breaks and another comes, and its handler is told', async () => {
    const [a, b] = pair()
    let signal: AbortSignal | undefined
    let answer: (() => void) | undefined
    b.messenger.serve(echo, (_, context) => {
      signal = context.signal
      return new Promise<void>((resolve) => {
        answer = resolve
      })
    })
    const asked = a.messenger.request('b', echo, 1)
    const end = expect(asked).rejects.toMatchObject({ code: 'ERR_ROLLCALL_UNREACHABLE', mayHaveRun: true })
    await settled()
    a.session('b').break()
    expect(signal?.reason).toMatchObject({ code: 'ERR_ROLLCALL_UNREACHABLE' })
    a.session('b').link()
    await end
    answer?.()
    await settled()
    expect(b.session('a').posted).toEqual([])
    b.messenger.serve(topic('other'), () => 'fine')
    expect(await a.messenger.request('b', topic('other'), 1)).toBe('fine')
  })

  it('is unreachable after 10 s without link or verdict, whatever its own time', async () => {
    const [a, b] = pair()
    b.messenger.serve(echo, never)
    const asked = a.messenger.request('b', echo, 1, { timeoutMs: Number.POSITIVE_INFINITY })
    const end = expect(asked).rejects.toMatchObject({ code: 'ERR_ROLLCALL_UNREACHABLE', mayHaveRun: true })
    await settled()
    a.session('b').break()
    await a.platform.advance(10_001)
    await end
  })

  it('aborts its handler when the sender is gone, or is another life', async () => {
    const [a, b] = pair()
    const reasons: unknown[] = []
    b.messenger.serve(echo, (_, { signal }) => {
      signal.onabort = () => reasons.push(signal.reason)
      return never()
    })
    a.messenger.request('b', echo, 1).catch(() => {})
    await settled()
    b.see('a', 'failed')
    expect(reasons).toEqual([expect.objectContaining({ code: 'ERR_ROLLCALL_MEMBER_GONE', how: 'failed' })])
    b.see('a', 'alive', 'a-second')
    a.messenger.request('b', echo, 2).catch(() => {})
    await settled()
    expect(reasons).toHaveLength(1)
  })

  it('ends its handler too when its member was failed wrongly, and the next one is served', async () => {
    const [a, b] = pair()
    const reasons: unknown[] = []
    b.messenger.serve(echo, (body, { signal }) => {
      signal.onabort = () => reasons.push(signal.reason.code)
      return body === 'stay' ? never() : body
    })
    const asked = a.messenger.request('b', echo, 'stay', { timeoutMs: Number.POSITIVE_INFINITY })
    const end = expect(asked).rejects.toMatchObject({ how: 'failed' })
    await settled()
    a.see('b', 'failed')
    await end
    expect(reasons).toEqual(['ERR_ROLLCALL_CANCELLED'])
    a.see('b', 'alive')
    expect(await a.messenger.request('b', echo, 'next')).toBe('next')
  })

  it('ends with ClosedError on both sides when the cluster closes', async () => {
    const [a, b] = pair()
    let signal: AbortSignal | undefined
    for (const one of [a, b]) {
      one.messenger.serve(echo, (_, context) => {
        signal = context.signal
        return never()
      })
    }
    const asked = a.messenger.request('b', echo, 1)
    const closed = new ClosedError('left')
    const end = expect(asked).rejects.toBe(closed)
    b.messenger.request('a', echo, 1).catch(() => {})
    await settled()
    a.exchanges.close(() => closed)
    await end
    expect(signal?.reason).toBe(closed)
    const { messenger } = a
    await expect(messenger.request('b', echo, 1)).rejects.toBe(closed)
    await expect(messenger.send('b', echo, 1)).rejects.toBe(closed)
    await expect(messenger.broadcast(echo, 1)).rejects.toBe(closed)
    await expect(messenger.writable('b')).rejects.toBe(closed)
    expect(() => messenger.serve(topic('x'), () => 1)).toThrow(closed)
    b.exchanges.close(() => closed)
    expect(a.platform.timers).toBe(0)
  })
})

describe('wrong options', () => {
  it('are refused by name', async () => {
    const [a] = linked('a')
    const asking = (options: unknown) => a?.messenger.request('b', echo, 1, options as never)
    for (const timeoutMs of [0, -1, Number.NaN, 2 ** 31, '5']) {
      await expect(asking({ timeoutMs })).rejects.toMatchObject({ option: 'timeoutMs' })
    }
    await expect(asking({ timeout: 5 })).rejects.toThrow(/such as timeoutMs, got a number$/)
    await expect(asking('text')).rejects.toMatchObject({
      value: 'text',
      message: expect.stringMatching(/got text$/),
    })
    await expect(asking({ signal: 1 })).rejects.toMatchObject({ option: 'signal' })
    await expect(asking({ chunks: [1] })).rejects.toMatchObject({ option: 'chunks' })
    await expect(a?.messenger.request('b', 'echo' as never, 1)).rejects.toMatchObject({ option: 'topic' })
    expect(() => a?.messenger.serve(echo, 1 as never)).toThrow(/option handler/)
    for (const name of ['', 'x'.repeat(256), 'é'.repeat(128), 5]) {
      expect(() => topic(name as never)).toThrow(/option name: expected a string of 1 to 255 bytes/)
    }
    expect(topic('é'.repeat(127)).name).toHaveLength(127)
    expect(() => topic('x', { validate: 1 } as never)).toThrow(/option validate/)
    expect(() => topic('x', { validat: () => 1 } as never)).toThrow(/such as validate/)
  })
})
