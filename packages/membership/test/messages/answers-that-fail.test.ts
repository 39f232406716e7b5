import { describe, expect, it } from 'vitest'
import { streamTopic, topic } from '../../src/messages/topic.ts'
import { settled } from './fake-platform.ts'
import { type FakeMember, linked, pair } from './fake-sessions.ts'

const echo = topic<unknown, unknown>('echo')
const shard = streamTopic('shard')

/** What the first chunk fails with. */
function streamed(from: FakeMember, of = shard): Promise<unknown> {
  return from.messenger
    .stream('b', of, 1)
    .next()
    .catch((error: unknown) => error)
}

describe('what a request of a handler fails with', () => {
  const strict = topic<unknown, unknown>('strict', {
    validateResponse: () => {
      throw new Error('refused')
    },
  })

  it.each<[string, (b: FakeMember) => Promise<unknown>]>([
    ['BODY_TOO_LARGE', (b) => b.messenger.request('c', echo, new Uint8Array(5e6))],
    ['BODY_TYPE', (b) => b.messenger.request('c', echo, { d: new Date() })],
    ['BODY_TYPE', (b) => b.messenger.request('c', echo, 'a date back')],
    ['INVALID_BODY', (b) => b.messenger.request('c', strict, 1)],
    ['UNKNOWN_TOPIC', (b) => b.messenger.request('c', topic('nobody'), 1)],
  ])('reaches the requester as RemoteError: %s', async (code, nested) => {
    const [a, b, c] = linked('a', 'b', 'c') as [FakeMember, FakeMember, FakeMember]
    c.messenger.serve(echo, () => new Date())
    c.messenger.serve(strict, () => 1)
    b.messenger.serve(echo, () => nested(b))
    b.messenger.serve(shard, async function* () {
      yield (await nested(b)) as Uint8Array
    })
    const remote = { code: 'ERR_ROLLCALL_REMOTE', member: 'b', remoteCode: `ERR_ROLLCALL_${code}` }
    await expect(a.messenger.request('b', echo, 1)).rejects.toMatchObject(remote)
    expect(await streamed(a)).toMatchObject(remote)
  })
})

describe('an error about a body', () => {
  it('names the member whose handler answered with it, or that refused it', async () => {
    const [a, b] = pair()
    const strict = topic<unknown, unknown>('strict', {
      validate: (body) => {
        if (body !== 'fine') throw new Error('not fine')
      },
      validateResponse: () => {
        throw new Error('not fine either')
      },
    })
    b.messenger.serve(echo, (body) => (body === 'large' ? new Uint8Array(5e6) : { when: new Date() }))
    b.messenger.serve(strict, () => 1)
    b.messenger.serve(shard, async function* () {
      yield 'text' as never
    })
    const large = a.messenger.request('b', echo, 'large')
    await expect(large).rejects.toThrow('the response of b is 5000000 bytes encoded')
    await expect(large).rejects.toMatchObject({ code: 'ERR_ROLLCALL_BODY_TOO_LARGE', member: 'b' })
    const date = a.messenger.request('b', echo, 'date')
    await expect(date).rejects.toMatchObject({ path: 'body.when', part: 'response', member: 'b' })
    expect(await streamed(a)).toMatchObject({ code: 'ERR_ROLLCALL_BODY_TYPE', part: 'chunk', member: 'b' })
    const refused = { code: 'ERR_ROLLCALL_INVALID_BODY', member: 'b' }
    const request = a.messenger.request('b', strict, 'odd')
    await expect(request).rejects.toMatchObject({ ...refused, part: 'request' })
    const response = a.messenger.request('b', strict, 'fine')
    await expect(response).rejects.toMatchObject({ ...refused, part: 'response' })
  })

  it('names nobody when nothing was sent', async () => {
    const [a] = pair()
    for (const body of [new Uint8Array(5e6), new Date()]) {
      await expect(a.messenger.request('b', echo, body)).rejects.toMatchObject({
        part: 'request',
        member: undefined,
      })
    }
  })
})

describe('a topic that is served as the other kind', () => {
  it('is told as such', async () => {
    const [a, b] = pair()
    b.messenger.serve(echo, () => 1)
    b.messenger.serve(shard, async function* () {})
    const plain = a.messenger.request('b', topic('shard'), 1)
    await expect(plain).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_UNKNOWN_TOPIC',
      servedAs: 'stream-topic',
      message: 'b serves shard as a streamTopic(): use stream()',
    })
    expect(await streamed(a, streamTopic('echo'))).toMatchObject({
      servedAs: 'topic',
      message: 'b serves echo as a topic(), which has no stream: use request()',
    })
    await a.messenger.send('b', topic('shard'), 1)
    await settled()
    expect(b.lines).toEqual(['message from a on shard dropped: it is served as a stream topic'])
    const nobody = a.messenger.request('b', topic('nobody'), 1)
    await expect(nobody).rejects.toMatchObject({ servedAs: undefined, message: 'b does not serve nobody' })
  })
})

describe('what is thrown and is no error', () => {
  it.each<[unknown, object]>([
    [
      { message: 'like one', code: 'E_LIKE' },
      { message: 'like one', remoteCode: 'E_LIKE' },
    ],
    [{ secret: 'x' }, { message: 'an object (Object)' }],
    [[1, 2], { message: 'an array of 2' }],
    [() => 'source', { message: 'a function' }],
    [Object.create(null), { message: 'an object', remoteName: 'Error' }],
    [5, { message: '5', remoteName: 'Error' }],
  ])('is told by its message, or else its kind: %o', async (thrown, told) => {
    const [a, b] = pair()
    b.messenger.serve(echo, () => {
      throw thrown
    })
    const asked = a.messenger.request('b', echo, 1)
    await expect(asked).rejects.toMatchObject({ code: 'ERR_ROLLCALL_REMOTE', ...told })
  })
})

describe('a source of chunks that is no proper one', () => {
  it.each<[string, unknown]>([
    ['has no iterator', { [Symbol.asyncIterator]: () => undefined }],
    ['has an iterator without next', { [Symbol.asyncIterator]: () => ({}) }],
    ['gives no results', { [Symbol.asyncIterator]: () => ({ next: async () => undefined }) }],
  ])('is told as such: it %s', async (_, source) => {
    const [a, b] = pair()
    b.messenger.serve(echo, async (_, { chunks }) => {
      for await (const _ of chunks);
    })
    b.messenger.serve(shard, () => source as never)
    const text = 'no proper AsyncIterable'
    const asked = a.messenger.request('b', echo, 1, { chunks: source as never })
    await expect(asked).rejects.toThrow(text)
    expect(await streamed(a)).toMatchObject({
      code: 'ERR_ROLLCALL_REMOTE',
      remoteName: 'TypeError',
      message: expect.stringContaining(text),
    })
  })
})
