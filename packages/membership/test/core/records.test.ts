import { describe, expect, it } from 'vitest'
import type { LinkId } from '../../src/core/input.ts'
import { OneCore, peer, rumour, updates } from './one-core.ts'

const record = { addresses: ['10.0.0.9:7946'], leaving: false, metadata: new Uint8Array([1]) }

/** A peer pings, and holds the same of everybody as the core does. */
function agree(one: OneCore, link: LinkId): void {
  const probe = one.sent('ping').at(-1)
  if (probe === undefined) throw new Error('the core has pinged nobody')
  one.tell(link, { type: 'ping', seq: 1, hash: probe.message.hash, updates: [] })
}

function shown(one: OneCore, name: string) {
  return one.core.view.members.find((member) => member.name === name)
}

describe('the record of a member that ended, told without it', () => {
  for (const state of ['failed', 'left'] as const) {
    it(`(${state}) is asked for of the teller, and then of whoever agrees, once on each link`, () => {
      const one = new OneCore()
      const b = one.accept(peer('b'))
      const c = one.accept(peer('c'))
      one.tell(b, updates(rumour('x', { state })))
      expect(one.sent('want')).toMatchObject([{ link: b, message: { names: ['x'] } }])
      one.give({ type: 'link-closed', link: b, end: {} })
      one.run(2000)
      const from = one.outputs.length
      agree(one, c)
      agree(one, c)
      expect(one.sent('want', from)).toMatchObject([{ link: c, message: { names: ['x'] } }])
      const again = one.accept(peer('b'))
      one.run(1000)
      agree(one, again)
      expect(one.sent('want', from)).toMatchObject([{ link: c }, { link: again }])
      one.tell(again, updates(peer('x', { state, record })))
      expect(shown(one, 'x')).toMatchObject({ state, ...record })
    })
  }

  it('is asked for no more once it is there', () => {
    const one = new OneCore()
    const b = one.accept(peer('b'))
    const c = one.accept(peer('c'))
    one.tell(b, updates(rumour('x', { state: 'failed' })))
    one.tell(b, updates(peer('x', { state: 'failed', record })))
    one.run(2000)
    const from = one.outputs.length
    agree(one, c)
    expect(one.sent('want', from)).toEqual([])
  })

  it('is not asked for of whoever holds something else', () => {
    const one = new OneCore()
    const b = one.accept(peer('b'))
    const c = one.accept(peer('c'))
    one.tell(b, updates(rumour('x', { state: 'failed' })))
    const from = one.outputs.length
    one.tell(c, { type: 'ping', seq: 1, hash: { high: 1, low: 2 }, updates: [] })
    expect(one.sent('want', from)).toEqual([])
  })
})
