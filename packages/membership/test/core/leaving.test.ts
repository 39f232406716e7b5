import { describe, expect, it } from 'vitest'
import { OneCore, peer } from './one-core.ts'

function linked(): { one: OneCore; link: number } {
  const one = new OneCore()
  const link = one.accept(peer('2'))
  one.run(1000)
  return { one, link }
}

describe('a member that announces that it leaves', () => {
  it('tells each peer at once, is alive as before, and tells its own application', () => {
    const { one, link } = linked()
    const from = one.outputs.length
    one.give({ type: 'announce-leaving' })
    const told = one.sent('updates', from)
    expect(told.map((send) => send.link)).toEqual([link])
    const [fact] = told[0]?.message.updates ?? []
    expect(fact).toMatchObject({ name: 'self', state: 'alive', incarnation: 1, record: { leaving: true } })
    expect(one.sent('goodbye', from)).toEqual([])
    const events = one.all('event', from).map(({ event }) => event)
    expect(events.map(({ type }) => type)).toEqual(['member-leaving', 'view-changed'])
    expect(events[0]).toMatchObject({ member: { name: 'self', leaving: true, state: 'alive' } })
    expect(one.core.view.self).toMatchObject({ leaving: true, state: 'alive' })
    expect(one.core.quorum.present).toBe(2)
  })

  it('goes on probing, dialing and answering until it says goodbye', () => {
    const { one, link } = linked()
    one.give({ type: 'announce-leaving' })
    const from = one.outputs.length
    one.give({ type: 'seeds', addresses: ['10.0.0.9:1'] })
    one.tell(link, { type: 'ping', seq: 77, hash: { high: 0, low: 0 }, updates: [] })
    one.run(2000)
    expect(one.dials(from)).toContain('10.0.0.9:1')
    expect(one.sent('ping', from).length).toBeGreaterThan(0)
    expect(one.sent('ack', from).some(({ message }) => message.seq === 77)).toBe(true)
    expect(one.all('stopped')).toEqual([])
  })

  it('announces it once, keeps it through a refutation and new metadata, and then says goodbye', () => {
    const { one, link } = linked()
    one.give({ type: 'announce-leaving' })
    const from = one.outputs.length
    one.give({ type: 'announce-leaving' })
    expect(one.outputs.slice(from)).toEqual([])
    const suspected = { ...peer('self', { incarnation: 1, state: 'suspect' }), instance: 'i-self' }
    one.tell(link, {
      type: 'updates',
      updates: [{ ...suspected, generation: one.core.view.self.generation }],
    })
    one.give({ type: 'set-metadata', metadata: Uint8Array.of(7) })
    const [refuted, changed] = one.sent('updates', from).flatMap(({ message }) => message.updates)
    expect(refuted).toMatchObject({ incarnation: 2, state: 'alive', record: { leaving: true } })
    expect(changed).toMatchObject({ incarnation: 3, record: { leaving: true, metadata: Uint8Array.of(7) } })
    one.give({ type: 'leave', timeoutMs: 1000 })
    const [goodbye] = one.sent('goodbye', from)
    expect(goodbye?.message.self).toMatchObject({ incarnation: 4, state: 'left', record: { leaving: true } })
  })
})
