import { describe, expect, it } from 'vitest'
import { defaultProtocol } from '../../src/core/options.ts'
import { hello, OneCore, peer, rumour, updates } from './one-core.ts'

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
    expect(one.sent('ping').length).toBeLessThanOrEqual(4 * 50)
  })
})
