import { describe, expect, it } from 'vitest'
import { CloseCode } from '../../src/core/close-code.ts'
import type { Message } from '../../src/core/message.ts'
import { GENERATION, hello, OneCore, peer } from './one-core.ts'

/** The name is greater than ours: where both have dialed, our dial would win; and less, where it would lose. */
const greater = peer('t')
const smaller = peer('b')
const older = { generation: GENERATION - 5000 }

const renewals = (one: OneCore) => one.sent('hello').map(({ link, message }) => [link, message.renewal])

describe('a link that is outdated', () => {
  it.each([
    ['we dialed', 'smaller', smaller],
    ['we dialed', 'greater', greater],
    ['it dialed', 'smaller', smaller],
    ['it dialed', 'greater', greater],
  ])('that %s a %s peer with is replaced by one of ours, and drained', (who, _, self) => {
    const one = new OneCore()
    const [address = ''] = self.record?.addresses ?? []
    let former: number
    if (who === 'it dialed') former = one.accept(self)
    else {
      one.give({ type: 'seeds', addresses: [address] })
      one.run(100)
      former = one.dialTo(address)
      one.connect(former, self)
    }
    one.run(3000)
    const from = one.outputs.length
    one.give({ type: 'credentials-changed', outdated: [former] })
    one.run(0)
    expect(one.dials(from)).toEqual([address])
    const [dial] = one.all('dial', from)
    const link = dial?.link ?? 0
    one.connect(link, self)
    one.run(100)
    expect(renewals(one).at(-1)).toEqual([link, 1])
    expect(one.sent('last', from).map((sent) => sent.link)).toEqual([former])
    // In use as soon as it is up, and from then on.
    expect(one.all('route', from)).toMatchObject([{ link }])
    expect(one.dials(from)).toEqual([address])
    one.tell(former, { type: 'last' })
    expect(one.stateOf(self.name)).toBe('alive')
    // The next one is preferred to this one.
    one.give({ type: 'credentials-changed', outdated: [link] })
    one.run(0)
    one.connect(one.all('dial').at(-1)?.link ?? 0, self)
    expect(renewals(one).at(-1)?.[1]).toBe(2)
  })

  it('gives way to one of the peer that says it replaces it, though we know nothing of it', () => {
    const one = new OneCore()
    const former = one.accept(greater)
    one.give({ type: 'seeds', addresses: ['10.0.0.t:1'] })
    one.run(3000)
    const from = one.outputs.length
    const link = one.open()
    one.tell(link, { ...(hello(greater) as Message & { type: 'hello' }), renewal: 1 })
    one.run(100)
    // Of several by one dialer that is for the dialer to say.
    one.tell(former, { type: 'last' })
    expect(one.sent('last', from).map((sent) => sent.link)).toEqual([former])
    expect(one.all('route', from).at(-1)).toMatchObject({ link })
  })

  it('is dialed beside by the older of two only after a grace time, for the younger does so at once', () => {
    const one = new OneCore(older)
    const former = one.accept(smaller)
    one.run(3000)
    const from = one.outputs.length
    one.give({ type: 'credentials-changed', outdated: [former] })
    one.run(200)
    expect(one.dials(from)).toEqual([])
    one.run(300)
    expect(one.dials(from)).toEqual(['10.0.0.b:1'])
  })

  it('is replaced by one that says so, also where another member without a link was at its address before', () => {
    const one = new OneCore()
    const other = one.accept(peer('b', {}, ['10.0.0.t:1']))
    const former = one.accept(greater)
    one.give({ type: 'seeds', addresses: ['10.0.0.t:1'] })
    one.give({ type: 'link-closed', link: other, end: { code: 1001 } })
    one.run(100)
    const from = one.outputs.length
    one.give({ type: 'credentials-changed', outdated: [former] })
    one.run(500)
    const link = one.all('dial', from).at(-1)?.link ?? 0
    one.connect(link, greater)
    one.run(100)
    expect(renewals(one).at(-1)).toEqual([link, 1])
    expect(one.sent('last', from).map((sent) => sent.link)).toEqual([former])
  })

  /** We outdate a link that has died unnoticed, and dial another, while the peer dials one by itself. */
  function bothDial() {
    const one = new OneCore()
    const former = one.accept(smaller)
    one.run(3000)
    one.answersPings = false
    const accepted = one.open()
    const theirHello = () => one.tell(accepted, hello(smaller, { renewal: 1 }))
    const dial = () => one.all('dial').at(-1)?.link ?? 0
    return { one, former, accepted, theirHello, dial }
  }

  it('is replaced by one that is preferred to each that is outdated, not just to the one in use', () => {
    const { one, former, accepted, theirHello, dial } = bothDial()
    one.give({ type: 'credentials-changed', outdated: [former, accepted] })
    one.run(0)
    theirHello()
    const first = dial()
    one.connect(first, smaller)
    // The peer does not know that its own is outdated as well.
    one.tell(first, { type: 'last' })
    const second = dial()
    one.connect(second, smaller)
    expect(renewals(one).slice(-2)).toEqual([
      [first, 1],
      [second, 2],
    ])
  })

  it('is not dialed beside again where the peer ends our dial and has dialed one that we keep', () => {
    const { one, former, accepted, theirHello, dial } = bothDial()
    one.give({ type: 'credentials-changed', outdated: [former] })
    one.run(0)
    one.connect(dial(), smaller)
    theirHello()
    const from = one.outputs.length
    one.tell(dial(), { type: 'last' })
    expect(one.dials(from)).toEqual([])
    expect(one.all('route', from).at(-1)).toMatchObject({ link: accepted })
  })

  it('is closed when none has come in its place within 5 s, which is evidence of nothing', () => {
    const one = new OneCore()
    const former = one.accept(smaller)
    one.accept(greater)
    one.run(3000)
    one.dialed = ({ link }) => one.fail(link, 'key-refused')
    const from = one.outputs.length
    one.give({ type: 'credentials-changed', outdated: [former] })
    one.run(4900)
    expect(one.all('close', from)).toEqual([])
    one.run(200)
    expect(one.all('close', from)).toMatchObject([{ link: former, code: CloseCode.outdated }])
    one.give({ type: 'link-closed', link: former, end: { code: 1000 } })
    one.run(1000)
    expect(one.sent('gone', from)).toEqual([])
    expect(one.core.unreached()).toMatchObject([{ name: 'b', why: 'key-refused' }])
  })
})

describe('credentials that have changed', () => {
  it('let addresses be dialed at once that have refused the former ones', () => {
    const one = new OneCore()
    one.dialed = ({ link }) => one.fail(link, 'not-secured')
    one.give({ type: 'seeds', addresses: ['10.0.9.9:1'] })
    one.run(10_000)
    const from = one.outputs.length
    one.run(1000)
    expect(one.dials(from)).toEqual([])
    one.give({ type: 'credentials-changed', outdated: [] })
    expect(one.dials(from)).toEqual(['10.0.9.9:1'])
  })
})
