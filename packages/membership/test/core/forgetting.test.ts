import { describe, expect, it } from 'vitest'
import { CoreParts } from '../../src/core/core-parts.ts'
import { linkClosed, linkOpened } from '../../src/core/link-events.ts'
import type { Entry } from '../../src/core/member-table.ts'
import { receiveFrame } from '../../src/core/receive-frame.ts'
import { hello, OneCore, peer, rumour, updates } from './one-core.ts'
import { seededRandom } from './seeded-random.ts'

describe('a member whose tombstone is gone', () => {
  it('leaves nothing behind', () => {
    const own = { clusterId: 'c', name: 'self', instance: 'i-self', generation: 1, addresses: ['10.0.0.1:1'] }
    const protocol = { forgetAfterMs: 1000, tombstoneMs: 1000 }
    const parts = new CoreParts(
      { ...own, metadata: new Uint8Array(), random: seededRandom(1), protocol },
      1000,
    )
    linkOpened(parts, -1)
    receiveFrame(parts, -1, hello(peer('b')))
    parts.addressCheck.answered('10.0.0.b:1')
    const entry = parts.table.get('b') as Entry
    expect(parts.addressCheck.hasWorked(entry)).toBe(true)
    receiveFrame(parts, -1, { type: 'goodbye', self: peer('b', { incarnation: 1, state: 'left' }) })
    linkClosed(parts, -1, { code: 4000 })
    for (let second = 2; second < 20; second++) {
      parts.clock.advance(second * 1000)
      parts.reaper.tick()
    }
    expect(parts.table.get('b')).toBeUndefined()
    expect(parts.addressCheck.hasWorked(entry)).toBe(false)
  })
})

describe('a peer that says a member is forgotten', () => {
  it('gives one that is here the time to contradict', () => {
    const one = new OneCore()
    const link = one.accept(peer('b'))
    const linkToC = one.accept(peer('c'))
    one.tell(link, updates(rumour('c', { forgotten: true })))
    expect(one.stateOf('c')).toBe('alive')
    one.tell(link, updates(rumour('c', { state: 'failed', forgotten: true })))
    expect(one.stateOf('c')).toBe('failed')
    one.tell(linkToC, updates(peer('c', { incarnation: 1 })))
    one.tell(link, updates(rumour('c', { state: 'failed', forgotten: true })))
    expect(one.stateOf('c')).toBe('alive')
  })

  it('is believed about one that was here a moment ago only when it has had a second to contradict', () => {
    const one = new OneCore()
    const link = one.accept(peer('b'))
    one.accept(peer('c'))
    const forgotten = rumour('c', { state: 'failed', forgotten: true })
    const longAgo = rumour('c', { state: 'failed', ageMs: 60_000 })
    one.tell(link, updates(longAgo, forgotten, forgotten))
    one.run(999)
    one.tell(link, updates(forgotten))
    expect(one.stateOf('c')).toBe('failed')
    one.run(1)
    one.tell(link, updates(forgotten))
    expect(one.stateOf('c')).toBeUndefined()
  })

  it('is believed about one that failed, but not at an incarnation that has been overtaken', () => {
    const one = new OneCore()
    const link = one.accept(peer('b'))
    one.tell(link, updates(peer('c', { state: 'failed', incarnation: 3 })))
    one.tell(link, updates(rumour('c', { state: 'failed', incarnation: 2, forgotten: true })))
    expect(one.stateOf('c')).toBe('failed')
    one.tell(link, updates(rumour('c', { state: 'failed', incarnation: 3, forgotten: true })))
    expect(one.stateOf('c')).toBeUndefined()
  })

  it('leaves no trace of names that nobody knew', () => {
    const one = new OneCore()
    const link = one.accept(peer('b'))
    const flood = Array.from({ length: 4000 }, (_, i) =>
      rumour(`x${i}`, { state: 'failed', forgotten: true }),
    )
    const before = one.core.view
    one.tell(link, updates(...flood))
    expect(one.core.view).toBe(before)
    one.tell(link, updates(...flood.map((fact) => ({ ...fact, state: 'left' as const }))))
    expect(one.core.view).toBe(before)
  })

  it('is not asked for the record of that member, which it does not have any more', () => {
    const one = new OneCore()
    const link = one.accept(peer('b'))
    one.accept(peer('c'))
    const goodbye = rumour('c', { incarnation: 2, state: 'left', forgotten: true })
    for (let i = 0; i < 3; i++) one.tell(link, updates(goodbye))
    expect(one.stateOf('c')).toBe('left')
    expect(one.sent('want')).toEqual([])
  })
})
