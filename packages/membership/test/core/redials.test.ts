import { describe, expect, it } from 'vitest'
import { GENERATION, OneCore, peer, updates } from './one-core.ts'

describe('the redials of a core', () => {
  it('try a listed address again that led back to itself, for behind it may be another the next time', () => {
    const one = new OneCore()
    one.give({ type: 'seeds', addresses: ['10.96.0.1:1'] })
    one.run(100)
    const self = peer('self', { instance: 'i-self', generation: GENERATION + 1000 }, ['10.0.0.1:1'])
    one.connect(one.dialTo('10.96.0.1:1'), self)
    expect(one.core.listed()).toEqual({ addresses: 0, reached: 0 })
    expect(one.core.unreached()).toEqual([])
    const from = one.outputs.length
    one.run(10_000)
    expect(one.dials(from)).toEqual([])
    one.run(30_000)
    const [again, ...more] = one.all('dial', from)
    expect(more).toEqual([])
    one.connect(again?.link ?? 0, peer('b'))
    expect(one.stateOf('b')).toBe('alive')
    one.run(0)
    expect(one.core.listed()).toEqual({ addresses: 1, reached: 1 })
  })

  it('wait before they try an address again at which another answers than the member that should be there', () => {
    const one = new OneCore()
    one.give({ type: 'seeds', addresses: ['10.0.9.9:1'] })
    one.give({ type: 'link-closed', link: one.accept(peer('b', {}, ['10.0.9.9:1'])), end: { code: 1001 } })
    one.dialed = ({ link, address }) => {
      if (address === '10.0.9.9:1') one.connect(link, peer('c'))
    }
    one.run(2000)
    expect(one.stateOf('c')).toBe('alive')
    const dials = one.dials().filter((address) => address === '10.0.9.9:1').length
    expect(dials).toBeGreaterThan(1)
    expect(dials).toBeLessThan(8)
  })

  it('try the second address of a stranger whose first one refuses', () => {
    const one = new OneCore()
    one.dialed = ({ link, address }) => {
      if (address === '10.0.9.1:1') one.fail(link)
    }
    const b = one.accept(peer('b'))
    one.tell(b, updates(peer('c', {}, ['10.0.9.1:1', '10.0.9.2:1'])))
    one.run(60_000)
    expect(one.dials()).toContain('10.0.9.2:1')
  })

  it('go on to a listed address whose former owner has moved away', () => {
    const one = new OneCore({ generation: GENERATION + 5000 })
    one.give({ type: 'seeds', addresses: ['10.0.5.5:1'] })
    one.run(100)
    const first = one.dialTo('10.0.5.5:1')
    one.connect(first, peer('b', {}, ['10.0.5.5:1']))
    one.run(2000)
    one.accept(peer('b', { generation: GENERATION + 9000, instance: 'i-b2' }, ['10.0.6.6:1']))
    const movedAt = one.outputs.length
    one.give({ type: 'link-closed', link: first, end: {} })
    one.run(60_000)
    expect(one.dials(movedAt)).toContain('10.0.5.5:1')
  })

  it.each([
    {
      incarnation: 1,
      says: 'are no verdict once it has answered the suspicion that they began',
      state: 'alive',
    },
    { incarnation: 0, says: 'are a verdict when it is refused again', state: 'failed' },
  ])('of a member that refuses them $says', ({ incarnation, state }) => {
    const one = new OneCore()
    one.give({ type: 'seeds', addresses: ['10.0.0.m:1'] })
    one.run(100)
    const toM = one.dialTo('10.0.0.m:1')
    one.connect(toM, peer('m'))
    const toB = one.accept(peer('b'))
    one.run(2000)
    one.dialed = ({ link }) => one.fail(link)
    one.give({ type: 'link-closed', link: toM, end: {} })
    one.run(400)
    expect(one.stateOf('m')).toBe('suspect')
    one.tell(toB, updates(peer('m', { incarnation })))
    one.run(300)
    expect(one.stateOf('m')).toBe(state)
  })

  it.each([12, 50])('give every listed address its turn (%i that refuse)', (count) => {
    const one = new OneCore()
    one.dialed = ({ link }) => one.fail(link)
    const addresses = Array.from({ length: count }, (_, n) => `10.3.0.${n}:1`)
    one.give({ type: 'seeds', addresses })
    one.run(600_000)
    const dials = one.dials()
    const turns = addresses.map((address) => dials.filter((dialed) => dialed === address).length)
    expect(Math.min(...turns)).toBeGreaterThan(10)
  })
})
