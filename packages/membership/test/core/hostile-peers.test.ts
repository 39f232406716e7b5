import { describe, expect, it } from 'vitest'
import { CloseCode } from '../../src/core/close-code.ts'
import { defaultProtocol } from '../../src/core/options.ts'
import { GENERATION, hello, OneCore, peer, rumour, updates } from './one-core.ts'

describe('a peer that misbehaves', () => {
  it('gets no second name on one link, and leaves no link behind', () => {
    const one = new OneCore()
    const link = one.accept(peer('b'))
    one.tell(link, hello(peer('d')))
    expect(one.all('close').map((close) => close.link)).toEqual([link])
    expect(one.stateOf('d')).toBeUndefined()
    one.give({ type: 'link-closed', link, end: {} })
    expect(one.core.links()).toEqual([])
  })

  it('cannot fill the view with dead names', () => {
    const one = new OneCore()
    const link = one.accept(peer('b'))
    for (let frame = 0; frame < 3; frame++) {
      const dead = Array.from({ length: 2000 }, (_, n) => rumour(`${frame}-${n}`, { state: 'left' }))
      one.tell(link, updates(...dead))
    }
    expect(one.core.view.members.length).toBeLessThanOrEqual(defaultProtocol.maxTombstones)
  })

  it('gets one answer to a name it wants over and over', () => {
    const one = new OneCore({ metadata: new Uint8Array(1000) })
    const link = one.accept(peer('b'))
    const asked = one.outputs.length
    one.tell(link, { type: 'want', names: Array.from({ length: 1000 }, () => 'self') })
    expect(one.sent('updates', asked).flatMap(({ message }) => message.updates)).toHaveLength(1)
  })

  it('cannot make us forget our own probes with a flood of ping-requests', () => {
    const one = new OneCore()
    one.answersPings = false
    const b = one.accept(peer('b'))
    const c = one.accept(peer('c'))
    one.run(1000)
    const probe = one.sent('ping').find(({ link }) => link === c)
    if (probe === undefined) expect.fail('c was not probed')
    for (let seq = 0; seq < 1500; seq++) one.tell(b, { type: 'ping-request', seq, target: peer('c') })
    one.ack(probe)
    expect(one.core.counters['unmatched-acks']).toBeUndefined()
  })

  it('is sent few pings and keeps few links, however many it opens', () => {
    const one = new OneCore()
    one.answersPings = false
    for (let n = 0; n < 50; n++) one.accept(peer('b'))
    expect(one.all('close').length).toBeGreaterThanOrEqual(46)
    expect(one.core.counters['excess-links']).toBeGreaterThanOrEqual(46)
    expect(one.sent('ping').length).toBeLessThanOrEqual(4 * 50)
  })
})

describe('a view that has as many members as it may', () => {
  const three = { maxMembers: 3 }

  it('takes no newcomer, says so, and keeps whom it has', () => {
    const one = new OneCore(three)
    const known = [one.accept(peer('b')), one.accept(peer('c'))]
    const before = one.outputs.length
    const link = one.accept(peer('d'))
    expect(one.all('close', before)).toEqual([
      { type: 'close', link, code: CloseCode.full, reason: expect.stringContaining('limits.members') },
    ])
    expect(one.core.counters['refused-4013']).toBe(1)
    expect(one.core.view.members.map(({ name }) => name)).toEqual(['b', 'c', 'self'])
    one.tell(known[0] as number, hello(peer('b', { incarnation: 1 })))
    one.accept(peer('c', { generation: GENERATION + 1, instance: 'i-c2' }))
    expect(one.core.counters['refused-4013']).toBe(1)
    expect(one.core.view.members.find(({ name }) => name === 'c')?.instance).toBe('i-c2')
  })

  it('has the member that ended longest ago make room', () => {
    const one = new OneCore(three)
    const b = one.accept(peer('b'))
    one.tell(b, { type: 'goodbye', self: peer('b', { state: 'left', incarnation: 1 }) })
    one.run(100)
    const c = one.accept(peer('c'))
    one.tell(c, { type: 'goodbye', self: peer('c', { state: 'left', incarnation: 1 }) })
    const before = one.outputs.length
    one.accept(peer('d'))
    expect(one.all('event', before).map(({ event }) => event.type)).toEqual([
      'member-removed',
      'member-joined',
    ])
    expect(one.core.view.members.map(({ name }) => name)).toEqual(['c', 'd', 'self'])
  })

  it('is not filled with names that others say have ended', () => {
    const one = new OneCore({ maxMembers: 10 })
    const b = one.accept(peer('b'))
    one.tell(b, updates(...Array.from({ length: 50 }, (_, n) => rumour(`${n}`, { state: 'left' }))))
    expect(one.core.view.members).toHaveLength(10)
    one.accept(peer('c'))
    expect(one.stateOf('c')).toBe('alive')
    expect(one.core.view.members).toHaveLength(10)
  })

  it('does not have a newcomer dialed over and over', () => {
    const one = new OneCore(three)
    one.accept(peer('b'))
    one.accept(peer('c'))
    one.dialed = ({ link, address }) => {
      if (address === '10.0.0.d:1') one.connect(link, peer('d'))
    }
    one.give({ type: 'seeds', addresses: ['10.0.0.d:1'] })
    one.run(10_000)
    expect(one.dials().filter((address) => address === '10.0.0.d:1')).toHaveLength(1)
    expect(one.core.unreached()).toEqual([expect.objectContaining({ address: '10.0.0.d:1', why: 'full' })])
  })
})
