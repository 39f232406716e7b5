import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { onAbort } from '../../src/messages/on-abort.ts'
import { streamTopic, topic } from '../../src/messages/topic.ts'
import { settled } from './fake-platform.ts'
import { pair } from './fake-sessions.ts'

const slow = topic('slow')
const shard = streamTopic('shard')
const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length

describe('a signal', () => {
  it('ends any number of calls, and is listened to once', async () => {
    const [a, b] = pair()
    b.messenger.serve(slow, () => new Promise(() => {}))
    b.messenger.serve(shard, async function* () {
      await new Promise(() => {})
    })
    const warnings: string[] = []
    const warned = ({ name }: Error) => void warnings.push(name)
    process.on('warning', warned)
    const { messenger } = a
    const aborting = new AbortController()
    const { signal } = aborting
    const calls = Array.from({ length: 20 }, () => messenger.request('b', slow, 1, { signal }))
    const streams = Array.from({ length: 20 }, () => messenger.stream('b', shard, 1, { signal }).next())
    a.session('b').isLinked = false
    const waiting = Array.from({ length: 20 }, () => messenger.writable('b', { signal }))
    await settled()
    process.off('warning', warned)
    expect(listeners(signal)).toBe(1)
    const ends = Promise.allSettled([...calls, ...streams, ...waiting])
    aborting.abort('enough')
    for (const end of await ends) expect(end).toEqual({ status: 'rejected', reason: 'enough' })
    expect(warnings).toEqual([])
  })

  it('is let go with the last of its calls', async () => {
    const [a, b] = pair()
    b.messenger.serve(slow, () => settled())
    const { signal } = new AbortController()
    const ask = () => a.messenger.request('b', slow, 1, { signal })
    await Promise.all([ask(), ask()])
    expect(listeners(signal)).toBe(0)
    const again = ask()
    expect(listeners(signal)).toBe(1)
    await again
    expect(listeners(signal)).toBe(0)
  })

  it('calls back nobody who was called off, even by another that it has called', () => {
    const aborting = new AbortController()
    const told: string[] = []
    const offs = ['first', 'second', 'third'].map((name) =>
      onAbort(aborting.signal, () => {
        told.push(name)
        offs[1]?.()
      }),
    )
    aborting.abort()
    expect(told).toEqual(['first', 'third'])
    expect(listeners(aborting.signal)).toBe(0)
  })
})
