import { describe, expect, it } from 'vitest'
import { streamTopic, topic } from '../../src/messages/topic.ts'
import { settled } from './fake-platform.ts'
import { pair } from './fake-sessions.ts'

const good = topic<unknown, unknown>('good')

describe('a topic', () => {
  it.each<[string, unknown]>([
    ['has a number for a name', { ...good, name: 5 }],
    ['has no name', { type: 'topic' }],
    ['is frozen and has no name', Object.freeze({ type: 'topic' })],
    ['has a name that is too long', Object.freeze({ ...good, name: 'x'.repeat(256) })],
    ['has an empty name', Object.freeze({ ...good, name: '' })],
    [
      'has a name that may change',
      Object.freeze(Object.defineProperty({ type: 'topic' }, 'name', { get: () => 'x' })),
    ],
    ['is of no kind', Object.freeze({ ...good, type: 'queue' })],
    ['has a validator that is none', Object.freeze({ ...good, validate: 1 })],
    ['can still be changed', { ...good }],
  ])('that was not made as one is refused wherever it is given: it %s', async (_, made) => {
    const [a, b] = pair()
    const wrong = made as typeof good
    const refused = { code: 'ERR_ROLLCALL_INVALID_OPTION', option: 'topic' }
    const { messenger } = a
    await expect(messenger.request('b', wrong, 1)).rejects.toMatchObject(refused)
    await expect(messenger.send('b', wrong, 1)).rejects.toMatchObject(refused)
    await expect(messenger.broadcast(wrong, 1)).rejects.toMatchObject(refused)
    await expect(messenger.stream('b', wrong as never, 1).next()).rejects.toMatchObject(refused)
    expect(() => messenger.serve(wrong, () => 1)).toThrow(expect.objectContaining(refused))
    await settled()
    expect(a.session('b').posted).toEqual([])
    b.messenger.serve(good, () => 'fine')
    expect(await messenger.request('b', good, 1)).toBe('fine')
  })

  it('that lets nobody look is refused as well', async () => {
    const [a] = pair()
    const { proxy, revoke } = Proxy.revocable(good, {})
    revoke()
    const error = await a.messenger.request('b', proxy, 1).catch(({ message }: Error) => message)
    expect(error).toBe('option topic: expected what topic() has made, got an object')
  })

  it('of another copy of the package is one', async () => {
    const [a, b] = pair()
    b.messenger.serve(good, (body) => body)
    expect(await a.messenger.request('b', Object.freeze({ ...good }), 1)).toBe(1)
  })

  it('of the other kind is refused by its kind', async () => {
    const [a] = pair()
    await expect(a.messenger.request('b', streamTopic('x') as never, 1)).rejects.toThrow(
      'option topic: expected what topic() has made, got a stream-topic',
    )
  })
})
